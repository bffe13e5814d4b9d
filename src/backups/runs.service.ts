import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BackupFailure } from '../core/failure.js';
import { AppsService } from '../apps/apps.service.js';
import type { App } from '../apps/app.entity.js';
import { ExecuteRun } from './execute-run.js';
import { RunLedger } from './run-ledger.js';
import { RunQueue } from './run-queue.js';
import type { Run, RunTrigger } from './run.entity.js';

const RUNNABLE: readonly App['state'][] = ['active', 'degraded'];

/** Starts and stops runs; the UI, the API and the schedule all ask here. */
@Injectable()
export class RunsService {
  private readonly starting = new Map<string, Promise<Run>>();

  constructor(
    private readonly apps: AppsService,
    private readonly ledger: RunLedger,
    private readonly queue: RunQueue,
    private readonly execute: ExecuteRun,
  ) {}

  /**
   * Queues a run of the app, or returns the one that is already waiting or running: twenty clicks are one run.
   * @throws BackupFailure `app-not-active`
   */
  async start(appId: string, trigger: RunTrigger): Promise<Run> {
    const sameMoment = this.starting.get(appId);
    if (sameMoment !== undefined) return sameMoment;
    const starting = this.startOnce(appId, trigger).finally(() => this.starting.delete(appId));
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

  private async startOnce(appId: string, trigger: RunTrigger): Promise<Run> {
    const app = await this.apps.byId(appId);
    if (app === null) throw new BackupFailure('app-not-active', { detail: `there is no app ${appId}` });
    if (!RUNNABLE.includes(app.state))
      throw new BackupFailure('app-not-active', { detail: `its state is ${app.state}` });
    const open = await this.ledger.openRunOf(appId);
    if (open !== null) return open;
    const run = await this.ledger.queue({ id: randomUUID(), appId, trigger });
    this.queue.add({
      runId: run.id,
      appId,
      urgent: trigger === 'manual' || trigger === 'api',
      work: (signal) => this.execute.run(run.id, app.id, signal),
    });
    return run;
  }
}
