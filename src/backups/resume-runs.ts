import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { messageOf } from '../core/failure.js';
import { RecoverRun } from './recover-run.js';
import { RunLedger } from './run-ledger.js';
import { RunQueue } from './run-queue.js';
import type { Run } from './run.entity.js';
import { RunsService } from './runs.service.js';

/** A run that dies with the agent this often in a row is not started again by itself: it may be what kills the agent. */
const MOST_INTERRUPTIONS = 3;

/** Picks up what an earlier agent left when this one starts, and leaves nothing half done when it stops. */
@Injectable()
export class ResumeRuns implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ResumeRuns.name);

  constructor(
    private readonly ledger: RunLedger,
    private readonly queue: RunQueue,
    private readonly runs: RunsService,
    private readonly recovery: RecoverRun,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const unfinished = await this.ledger.unfinished();
    for (const run of unfinished) {
      if (run.state === 'queued') await this.runs.enqueue(run);
      else this.decide(run);
    }
    const open = new Set(unfinished.map((run) => run.appId));
    for (const run of (await this.ledger.latestByApp()).values()) {
      if (run.outcome === 'interrupted' && !open.has(run.appId)) await this.startAgain(run);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.queue.drain();
  }

  /** Goes through the queue, so that no new run of an app begins before its old one is decided. */
  private decide(run: Run): void {
    const work = async (signal: AbortSignal): Promise<void> => {
      const outcome = await this.recovery.recover(run, signal);
      if (outcome === 'interrupted') await this.startAgain(run);
    };
    this.queue.add({ runId: run.id, appId: run.appId, destinations: [], urgent: true, work });
  }

  private async startAgain(run: Run): Promise<void> {
    try {
      const recent = await this.ledger.list({ appId: run.appId, limit: MOST_INTERRUPTIONS });
      if (recent.length === MOST_INTERRUPTIONS && recent.every((other) => other.outcome === 'interrupted'))
        return;
      await this.runs.start(run.appId, 'retry', run.appJob);
    } catch (error) {
      this.logger.warn(`the interrupted run ${run.id} is not started again: ${messageOf(error)}`);
    }
  }
}
