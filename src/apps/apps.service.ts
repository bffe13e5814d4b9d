import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, IsNull, LessThanOrEqual } from 'typeorm';
import type { FindManyOptions, FindOptionsWhere } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { SecretsBox } from '../core/secrets-box.js';
import { AppOverride } from './app-override.entity.js';
import { App } from './app.entity.js';
import type { AppState } from './app.entity.js';
import { effectiveSettings } from './effective-settings.js';
import { defaultSettings } from './default-settings.js';
import type { EffectiveSettings } from './effective-settings.js';
import { freeSlug } from './free-slug.js';
import type { SettingTexts } from './settings.js';

/** Fields of an app that a caller decides; the rest is made here. */
export type NewApp = Omit<App, 'id' | 'slug' | 'createdAt' | 'updatedAt' | 'nextRunAt' | 'awaySince'> & {
  /** What the slug is made from. */
  wantedName: string;
};

/** A question about more apps than this asks for all. */
const MOST_NAMED = 500;

/** Reads and writes apps; knows what their settings come to. */
@Injectable()
export class AppsService {
  private readonly defaults: SettingTexts;

  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly box: SecretsBox,
  ) {
    this.defaults = defaultSettings(config);
  }

  all(): Promise<App[]> {
    return this.db.getRepository(App).find({ order: { slug: 'ASC' } });
  }

  byId(id: string): Promise<App | null> {
    return this.db.getRepository(App).findOneBy({ id });
  }

  byKey(key: string): Promise<App | null> {
    return this.db.getRepository(App).findOneBy({ key });
  }

  /** Apps that may run and are due. */
  dueAt(now: Date): Promise<App[]> {
    return this.mayRun({ nextRunAt: LessThanOrEqual(now) }, { order: { nextRunAt: 'ASC' } });
  }

  /** Apps that may run and have no next time yet, at most so many. */
  unscheduled(most: number): Promise<App[]> {
    return this.mayRun({ nextRunAt: IsNull() }, { take: most });
  }

  private mayRun(where: FindOptionsWhere<App>, how: FindManyOptions<App>): Promise<App[]> {
    const may = { state: In<AppState>(['active', 'degraded']) };
    return this.db.getRepository(App).find({ ...how, where: { ...may, ...where } });
  }

  /** Registers an app. Two callers with one key get the same row: the key is unique. */
  async add(fresh: NewApp): Promise<App> {
    return this.db.transaction(async (tx) => {
      const repository = tx.getRepository(App);
      const known = await repository.findOneBy({ key: fresh.key });
      if (known !== null) return known;
      const { wantedName, ...fields } = fresh;
      const now = this.clock.now();
      const slugs = new Set((await repository.find({ select: { slug: true } })).map((app) => app.slug));
      const slug = freeSlug(wantedName, fresh.key, (wanted) => slugs.has(wanted));
      const row = {
        ...fields,
        id: randomUUID(),
        slug,
        nextRunAt: null,
        awaySince: null,
        createdAt: now,
        updatedAt: now,
      };
      return repository.save(repository.create(row));
    });
  }

  /** Writes the given fields only, so that concurrent writers of other fields lose nothing. */
  async update(id: string, fields: Partial<Omit<App, 'id' | 'key' | 'slug'>>): Promise<void> {
    await this.db.getRepository(App).update({ id }, { ...fields, updatedAt: this.clock.now() });
  }

  /** When the next run is due; null = never. Does not count as a change of the app. */
  async setNextRun(id: string, nextRunAt: Date | null): Promise<void> {
    await this.setNextRuns([{ id, nextRunAt }]);
  }

  /** As `setNextRun`, for many at once: a commit waits for the disk. */
  async setNextRuns(times: readonly Pick<App, 'id' | 'nextRunAt'>[]): Promise<void> {
    await this.db.transaction(async (tx) => {
      for (const { id, nextRunAt } of times) await tx.getRepository(App).update({ id }, { nextRunAt });
    });
  }

  /** Forgets an app and its overrides. Its backups and runs stay. */
  async remove(id: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      await tx.getRepository(AppOverride).delete({ appId: id });
      await tx.getRepository(App).delete({ id });
    });
  }

  async overridesOf(appId: string): Promise<SettingTexts> {
    const rows = await this.db.getRepository(AppOverride).findBy({ appId });
    return Object.fromEntries(rows.map((row) => [row.setting, row.value]));
  }

  async settingsOf(app: App): Promise<EffectiveSettings> {
    return this.settingsWith(app, await this.overridesOf(app.id));
  }

  /** The settings of many apps by their id, with one question to the database. */
  async settingsOfEach(apps: readonly App[]): Promise<Map<string, EffectiveSettings>> {
    const overrides = new Map<string, SettingTexts>();
    const some = apps.length > MOST_NAMED ? {} : { appId: In(apps.map(({ id }) => id)) };
    for (const { appId, setting, value } of await this.db.getRepository(AppOverride).findBy(some))
      overrides.set(appId, { ...overrides.get(appId), [setting]: value });
    return new Map(apps.map((app) => [app.id, this.settingsWith(app, overrides.get(app.id) ?? {})]));
  }

  /** As `settingsOf`, for callers that already hold the overrides. */
  settingsWith(app: App, overrides: SettingTexts): EffectiveSettings {
    const ceilings = { timeoutMs: this.config.requestTimeoutMs, maxSizeBytes: this.config.maxSizeBytes };
    return effectiveSettings(app.declaration, overrides, this.defaultsFor(app), ceilings, app.origin);
  }

  sealToken(appId: string, token: string): string {
    return this.box.seal(token, tokenPlace(appId));
  }

  /** The token of an app added by hand, in clear; null when it has none. */
  openToken(app: App): string | null {
    return app.manualToken === null ? null : this.box.open(app.manualToken, tokenPlace(app.id));
  }

  private defaultsFor(app: App): SettingTexts {
    return {
      ...this.defaults,
      name: app.service ?? app.containerName ?? app.slug,
      tokenRef: app.origin === 'manual' ? 'none' : 'env:BACKUP_TOKEN',
    };
  }
}

const tokenPlace = (appId: string): string => `apps:${appId}:manual_token`;
