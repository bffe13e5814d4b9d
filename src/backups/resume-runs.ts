import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { BackupFailure } from '../core/failure.js';
import { ExecuteRun } from './execute-run.js';
import { RecoverRun } from './recover-run.js';
import { RunLedger } from './run-ledger.js';
import { RunQueue } from './run-queue.js';

/** Picks up what an earlier agent left when this one starts, and leaves nothing half done when it stops. */
@Injectable()
export class ResumeRuns implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly ledger: RunLedger,
    private readonly queue: RunQueue,
    private readonly execute: ExecuteRun,
    private readonly recovery: RecoverRun,
  ) {}

  /** Goes through the queue, so that no new run of an app begins before its old one is decided. */
  async onApplicationBootstrap(): Promise<void> {
    for (const run of await this.ledger.unfinished()) {
      this.queue.add({
        runId: run.id,
        appId: run.appId,
        urgent: true,
        work: (signal) =>
          run.state === 'queued'
            ? this.execute.run(run.id, run.appId, signal)
            : this.recovery.recover(run, signal),
      });
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const runId of await this.queue.drain()) {
      const failure = new BackupFailure('interrupted', { detail: 'the agent was shut down before it began' });
      await this.ledger.finish(runId, { outcome: 'interrupted', failure });
    }
  }
}
