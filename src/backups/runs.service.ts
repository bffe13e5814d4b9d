import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { App } from '../apps/app.entity.js';
import { AppsService } from '../apps/apps.service.js';
import { BackupFailure, messageOf } from '../core/failure.js';
import { ExecuteRun } from './execute-run.js';
import type { Attempt } from './execute-run.js';
import { RetryPlan } from './retry-plan.js';
import { RunLedger } from './run-ledger.js';
import { RunQueue } from './run-queue.js';
import type { AppJob, Run, RunTrigger } from './run.entity.js';

const RUNNABLE: readonly App['state'][] = ['active', 'degraded'];

/** Starts and stops runs; the UI, the API and the schedule all ask here. */
@Injectable()
export class RunsService {
  private readonly logger = new Logger(RunsService.name);
  private readonly starting = new Map<string, Promise<Run>>();

  constructor(
    private readonly apps: AppsService,
    private readonly ledger: RunLedger,
    private readonly queue: RunQueue,
    private readonly execute: ExecuteRun,
    private readonly retries: RetryPlan,
  ) {}

  /**
   * Queues a run of the app, or returns the one that is already waiting or running: twenty clicks are one run.
   * @param appJob what the app still works on for an interrupted run: waited for in place of a second export
   * @throws BackupFailure `app-not-active`
   */
  async start(appId: string, trigger: RunTrigger, appJob: AppJob | null = null): Promise<Run> {
    const sameMoment = this.starting.get(appId);
    if (sameMoment !== undefined) return sameMoment;
    const starting = this.startOnce(appId, trigger, appJob).finally(() => this.starting.delete(appId));
    this.starting.set(appId, starting);
    return starting;
  }

  /** Stops a waiting or running run. @returns null when there is no such run */
  async cancel(runId: string): Promise<Run | null> {
    const was = this.queue.cancel(runId);
    if (was === 'waiting')
      await this.ledger.finish(runId, { outcome: 'cancelled', failure: new BackupFailure('cancelled') });
    return this.ledger.byId(runId);
  }

  /** Puts a queued run into the line; a retry only when its time has come. */
  async enqueue(run: Run): Promise<void> {
    await this.putInLine(run, await this.apps.byId(run.appId));
  }

  private async putInLine(run: Run, app: App | null): Promise<void> {
    const settings = app === null ? null : await this.apps.settingsOf(app);
    this.queue.add(
      {
        runId: run.id,
        appId: run.appId,
        destinations: settings?.destinations.value.map(({ name }) => name) ?? [],
        urgent: run.trigger === 'manual' || run.trigger === 'api',
        work: (signal) => this.work(run.id, signal),
      },
      this.retries.waitMs(run),
    );
  }

  private async startOnce(appId: string, trigger: RunTrigger, appJob: AppJob | null): Promise<Run> {
    const app = await this.apps.byId(appId);
    if (app === null) throw new BackupFailure('app-not-active', { detail: `there is no app ${appId}` });
    if (!RUNNABLE.includes(app.state))
      throw new BackupFailure('app-not-active', { detail: `its state is ${app.state}` });
    const open = await this.ledger.openRunOf(appId);
    if (open !== null) {
      if (appJob !== null && open.state === 'queued') await this.ledger.update(open.id, { appJob });
      return this.hurry(open, trigger);
    }
    const run = await this.ledger.queue({ id: randomUUID(), appId, trigger, appJob });
    await this.putInLine(run, app);
    return run;
  }

  /** Somebody asks for a run that only waits for its retry: it goes now. */
  private async hurry(open: Run, trigger: RunTrigger): Promise<Run> {
    if (
      open.state !== 'queued' ||
      open.notBefore === null ||
      trigger === 'schedule' ||
      trigger === 'catch-up'
    )
      return open;
    if (this.queue.cancel(open.id) !== 'waiting') return open;
    open.notBefore = null;
    await this.ledger.update(open.id, { notBefore: null });
    await this.enqueue(open);
    return open;
  }

  private async work(runId: string, signal: AbortSignal): Promise<void> {
    try {
      const run = await this.ledger.byId(runId);
      if (run === null) return;
      await this.conclude(await this.execute.attempt(run, signal));
    } catch (error) {
      // Only the database can bring us here; the row stays as it is, and the next start decides it.
      this.logger.error(`run ${runId} could not be written down: ${messageOf(error)}`);
    }
  }

  private async conclude(attempt: Attempt): Promise<void> {
    const again = this.retries.next(attempt.run, attempt.end);
    if (again === null) return this.execute.close(attempt);
    await this.ledger.retryAt(attempt.run.id, again, attempt.planned);
    this.logger.warn(
      `run ${attempt.run.id}: ${again.failure.message}; attempt ${again.attempt} at ${again.notBefore.toISOString()}`,
    );
    const waiting = await this.ledger.byId(attempt.run.id);
    if (waiting !== null) await this.enqueue(waiting);
  }
}
