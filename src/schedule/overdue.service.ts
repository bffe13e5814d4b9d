import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { App } from '../apps/app.entity.js';
import { AppsService } from '../apps/apps.service.js';
import { Catalog } from '../backups/catalog.js';
import { Clock } from '../core/clock.js';
import { messageOf } from '../core/failure.js';
import { overdueSince } from './overdue.js';

const TICK_MS = 60_000;
/** Of these nobody expects a backup: a person has put them aside, or they were never one. */
const NOT_EXPECTED: readonly App['state'][] = ['archived', 'paused', 'invalid', 'pending'];

/** Knows which apps have had no good backup although one was due, and says so once. */
@Injectable()
export class OverdueService {
  private readonly logger = new Logger('Overdue');
  private known = new Map<string, Date>();

  constructor(
    private readonly apps: AppsService,
    private readonly catalog: Catalog,
    private readonly clock: Clock,
  ) {}

  /** Since when each overdue app is waiting, by app id. */
  async all(): Promise<Map<string, Date>> {
    const lastGood = await this.catalog.lastGoodByApp();
    const now = this.clock.now();
    const overdue = new Map<string, Date>();
    const apps = (await this.apps.all()).filter(({ state }) => !NOT_EXPECTED.includes(state));
    const settingsById = await this.apps.settingsOfEach(apps);
    for (const app of apps) {
      const settings = settingsById.get(app.id);
      if (settings === undefined) continue;
      const promised = {
        frequency: settings.frequency.value,
        timezone: settings.timezone.value,
        key: app.key,
      };
      const since = overdueSince(promised, lastGood.get(app.id) ?? app.createdAt, now);
      if (since !== null) overdue.set(app.id, since);
    }
    return overdue;
  }

  @Interval(TICK_MS)
  async watch(): Promise<void> {
    try {
      const overdue = await this.all();
      for (const [id, since] of overdue) {
        if (this.known.has(id)) continue;
        const app = await this.apps.byId(id);
        this.logger.error(
          `${app?.slug ?? id} has no good backup although one was due at ${since.toISOString()}`,
        );
      }
      this.known = overdue;
    } catch (error) {
      this.logger.error(`overdue backups could not be looked for: ${messageOf(error)}`);
    }
  }
}
