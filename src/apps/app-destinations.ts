import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Clock } from '../core/clock.js';
import { AppOverride } from './app-override.entity.js';
import { App } from './app.entity.js';
import { AppsService } from './apps.service.js';
import { AuditEntry } from './audit-entry.entity.js';
import { SETTINGS } from './settings.js';
import type { DestinationRef, SettingTexts } from './settings.js';

/** An app that backs up to a destination, for people. */
export interface DestinationUser {
  id: string;
  name: string;
}

interface AppRefs {
  app: App;
  name: string;
  /** What holds now. */
  text: string;
  refs: readonly DestinationRef[];
}

/** The agent itself, in the list of changes. */
const WHO = 'agent';

/** Which apps back up to which destination, and how they follow when it gets another name. */
@Injectable()
export class AppDestinations {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly apps: AppsService,
    private readonly clock: Clock,
  ) {}

  /** By destination name. An archived app backs up no more, so it is not among them. */
  async all(): Promise<Map<string, DestinationUser[]>> {
    const users = new Map<string, DestinationUser[]>();
    for (const { app, name, refs } of await this.refs(this.db.manager)) {
      if (app.state === 'archived') continue;
      for (const ref of refs) users.set(ref.name, [...(users.get(ref.name) ?? []), { id: app.id, name }]);
    }
    return users;
  }

  async of(destination: string): Promise<DestinationUser[]> {
    return (await this.all()).get(destination) ?? [];
  }

  /**
   * Every app that names `from`, by label, by override or by default, backs up to `to` instead. A label can't be
   * changed from here, so an override goes over it and is shown as such.
   */
  async replace(from: string, to: string, tx: EntityManager): Promise<void> {
    for (const found of await this.refs(tx)) {
      if (!found.refs.some((ref) => ref.name === from)) continue;
      const refs = found.refs
        .filter((ref) => ref.name !== from || !found.refs.some((other) => other.name === to))
        .map((ref) => (ref.name === from ? { ...ref, name: to } : ref));
      await this.write(found, SETTINGS.destinations.print(refs), tx);
    }
  }

  private async write({ app, text }: AppRefs, wanted: string, tx: EntityManager): Promise<void> {
    const setting = 'destinations';
    const overrides = tx.getRepository(AppOverride);
    const at = this.clock.now();
    const isDeclared = this.apps.settingsWith(app, {}).destinations.text === wanted;
    if (isDeclared) await overrides.delete({ appId: app.id, setting });
    else await overrides.save({ appId: app.id, setting, value: wanted, setBy: WHO, setAt: at });
    await tx.getRepository(AuditEntry).insert({
      id: randomUUID(),
      at,
      who: WHO,
      action: isDeclared ? 'override-removed' : 'override-set',
      subject: `${app.id}/${setting}`,
      before: text,
      after: isDeclared ? null : wanted,
    });
  }

  private async refs(manager: EntityManager): Promise<AppRefs[]> {
    const overrides = new Map<string, SettingTexts>();
    for (const { appId, setting, value } of await manager.getRepository(AppOverride).find())
      overrides.set(appId, { ...overrides.get(appId), [setting]: value });
    const apps = await manager.getRepository(App).find({ order: { slug: 'ASC' } });
    return apps.map((app) => {
      const { name, destinations } = this.apps.settingsWith(app, overrides.get(app.id) ?? {});
      return { app, name: name.value, text: destinations.text, refs: destinations.value };
    });
  }
}
