import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import type { BackupFailure } from '../core/failure.js';
import type { RunEnd } from './run-ledger.js';
import type { Run } from './run.entity.js';

export interface NextAttempt {
  attempt: number;
  notBefore: Date;
  failure: BackupFailure;
}

/** Whether and when a failed run is tried again: by its failure's code, with growing pauses. */
@Injectable()
export class RetryPlan {
  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** @returns null when the run has ended */
  next(run: Run, end: RunEnd): NextAttempt | null {
    const delayMs = this.config.retryDelaysMs[run.attempt - 1];
    const failed = end.outcome === 'failed' || end.outcome === 'partial';
    if (!failed || end.failure?.retry !== 'later' || delayMs === undefined) return null;
    const notBefore = new Date(this.clock.now().getTime() + delayMs);
    return { attempt: run.attempt + 1, notBefore, failure: end.failure };
  }

  /** How long a queued run still has to wait, in milliseconds. */
  waitMs(run: Run): number {
    if (run.notBefore === null) return 0;
    const waitMs = run.notBefore.getTime() - this.clock.now().getTime();
    // Longer than any pause means that the clock was ahead when it was written.
    return Math.min(Math.max(0, waitMs), Math.max(0, ...this.config.retryDelaysMs));
  }
}
