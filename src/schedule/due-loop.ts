import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { blackoutEnd } from '../apps/blackout.js';
import { AppsService } from '../apps/apps.service.js';
import type { App } from '../apps/app.entity.js';
import type { EffectiveSettings } from '../apps/effective-settings.js';
import { RunsService } from '../backups/runs.service.js';
import type { RunTrigger } from '../backups/run.entity.js';
import { Clock } from '../core/clock.js';
import { ClockWatch } from '../core/clock-watch.js';
import { messageOf } from '../core/failure.js';
import { correctedDue } from './correct-due.js';
import { nextRun } from './next-run.js';

const TICK_MS = 1000;
/** So many new apps get their first time in one tick: thousands at once would hold up everything else. */
const MOST_NEW = 1000;
/** So many due apps are queued together: each commit waits for the disk. */
const AT_ONCE = 25;
/** Later than this, the agent was away when the run was due. */
const LATE_MS = 2 * 60_000;

/** Once a second: who is due by the stored `next_run_at` is queued, and gets its next time. */
@Injectable()
export class DueLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DueLoop.name);
  private state: 'waiting' | 'ready' | 'busy' | 'stopped' = 'waiting';
  /** null = the stored times have not been held against the clock yet. */
  private watch: ClockWatch | null = null;

  constructor(
    private readonly apps: AppsService,
    private readonly runs: RunsService,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.state = 'ready';
  }

  onModuleDestroy(): void {
    this.state = 'stopped';
  }

  @Interval(TICK_MS)
  async tick(): Promise<void> {
    if (this.state !== 'ready') return;
    this.state = 'busy';
    try {
      const now = this.clock.now();
      await this.checkClock(now);
      await this.scheduleNew(now);
      await this.serveAll(await this.apps.dueAt(now), now);
    } catch (error) {
      this.logger.error(`the schedule could not be read: ${messageOf(error)}`);
    } finally {
      if (this.isBusy()) this.state = 'ready';
    }
  }

  private async scheduleNew(now: Date): Promise<void> {
    const fresh = await this.apps.unscheduled(MOST_NEW);
    if (fresh.length === 0) return;
    const settings = await this.apps.settingsOfEach(fresh);
    const times = fresh.flatMap(({ id, key }) => {
      const own = settings.get(id);
      return own === undefined
        ? []
        : { id, nextRunAt: nextRun(own.frequency.value, own.timezone.value, key, now) };
    });
    await this.apps.setNextRuns(times);
  }

  private async serveAll(due: readonly App[], now: Date): Promise<void> {
    if (due.length === 0) return;
    const settings = await this.apps.settingsOfEach(due);
    for (let at = 0; at < due.length; at += AT_ONCE) {
      const some = due.slice(at, at + AT_ONCE).flatMap((app) => {
        const own = settings.get(app.id);
        return own === undefined ? [] : this.serve(app, own, now);
      });
      // The runs' rows come first: a crash in between finds them waiting at the next start, and the due times join them.
      await this.apps.setNextRuns(await Promise.all(some));
    }
  }

  private async serve(
    app: App,
    settings: EffectiveSettings,
    now: Date,
  ): Promise<Pick<App, 'id' | 'nextRunAt'>> {
    const quietUntil = blackoutEnd(settings.blackout.value ?? [], settings.timezone.value, now);
    if (quietUntil !== null) return { id: app.id, nextRunAt: quietUntil };
    try {
      await this.runs.start(app.id, triggerOf(app.nextRunAt ?? now, now));
    } catch (error) {
      this.logger.error(`${app.slug} could not be started: ${messageOf(error)}`);
    }
    return {
      id: app.id,
      nextRunAt: nextRun(settings.frequency.value, settings.timezone.value, app.key, now),
    };
  }

  /** At the start and whenever somebody has set the clock. */
  private async checkClock(now: Date): Promise<void> {
    const jumpMs = this.watch?.jumpMs() ?? 0;
    if (this.watch !== null && jumpMs === 0) return;
    if (jumpMs !== 0)
      this.logger.warn(`the clock was set by ${Math.round(jumpMs / 1000)} s; it is now ${now.toISOString()}`);
    const scheduled = (await this.apps.all()).filter((app) => app.nextRunAt !== null);
    const settings = await this.apps.settingsOfEach(scheduled);
    for (const app of scheduled) {
      const own = settings.get(app.id);
      const due = own === undefined ? null : correctedDue(app, own, now);
      if (due === null) continue;
      this.logger.warn(
        `${app.slug} was due only at ${app.nextRunAt?.toISOString()}; it is now due at ${due.toISOString()}`,
      );
      await this.apps.setNextRun(app.id, due);
    }
    this.watch = new ClockWatch(this.clock);
  }

  private isBusy(): boolean {
    return this.state === 'busy';
  }
}

function triggerOf(due: Date, now: Date): RunTrigger {
  return now.getTime() - due.getTime() > LATE_MS ? 'catch-up' : 'schedule';
}
