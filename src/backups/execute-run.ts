import { Injectable } from '@nestjs/common';
import type { RunNotice } from '../alerts/notice.js';
import { Notifier } from '../alerts/notifier.js';
import { BackupFailure } from '../core/failure.js';
import type { BackupOrder, RunReport } from './backup-order.js';
import { OrderFactory } from './order-factory.js';
import { RecoverRun } from './recover-run.js';
import { runBackup } from './run-backup.js';
import { RunIoFactory } from './run-io.js';
import { RunLedger } from './run-ledger.js';
import type { RunEnd } from './run-ledger.js';
import type { PlannedCopy, Run } from './run.entity.js';
import { endOf, limitedSignal } from './stop-reason.js';

/** How one attempt ended. */
export interface Attempt {
  run: Run;
  order: BackupOrder | null;
  end: RunEnd;
  report: RunReport | null;
  /** What became of the copies; the caller writes it with the end. */
  planned: PlannedCopy[];
}

/** One attempt of a run, and the end of a run. */
@Injectable()
export class ExecuteRun {
  constructor(
    private readonly orders: OrderFactory,
    private readonly ios: RunIoFactory,
    private readonly ledger: RunLedger,
    private readonly recovery: RecoverRun,
    private readonly notifier: Notifier,
  ) {}

  /** Never rejects: what went wrong is in the answer. */
  async attempt(run: Run, outer: AbortSignal): Promise<Attempt> {
    const order = await this.orders.make(run);
    if (order instanceof BackupFailure) {
      const end = { outcome: 'failed', failure: order } as const;
      return { run, order: null, end, report: null, planned: run.plannedCopies };
    }
    const { signal, release } = limitedSignal(outer, order.limitMs);
    const planned: PlannedCopy[] = run.plannedCopies.filter((copy) => copy.outcome !== 'failed');
    try {
      await this.ledger.begin(run.id);
      const isTidy = await this.recovery.settleLeftovers(run.appId, signal);
      const isFirst = run.startedAt === null;
      const after = isFirst ? 0 : await this.ledger.stepCount(run.id);
      const at = { id: run.id, attempt: run.attempt, after };
      const report = await runBackup(order, this.ios.make(at, planned), signal);
      // What could not be asked before the run has answered in it.
      if (!isTidy) await this.recovery.settleLeftovers(run.appId, signal);
      return { run, order, end: outcomeOf(report), report, planned };
    } catch (error) {
      const end = endOf(error, signal);
      const reachedBefore = planned.some((copy) => copy.outcome === 'stored');
      const outcome = reachedBefore && end.outcome === 'failed' ? 'partial' : end.outcome;
      return { run, order, end: { ...end, outcome }, report: null, planned };
    } finally {
      release();
      this.ios.close(run.id);
    }
  }

  /** Writes how the run ended and says so; the notice is the last line, so that nothing can forget it. */
  async close({ run, order, end, report, planned }: Attempt): Promise<void> {
    await this.ledger.finish(run.id, { ...end, plannedCopies: planned });
    await this.notifier.notify(noticeOf(run, order, end, report));
  }
}

function outcomeOf(report: RunReport): RunEnd {
  const failures = report.copies.flatMap(({ failure }) => failure ?? []);
  // One destination that may heal is reason enough for another attempt.
  const failed = failures.find((failure) => failure.retry === 'later') ?? failures[0];
  const warnings = report.warnings;
  if (failed === undefined) return { outcome: 'succeeded', warnings };
  return { outcome: 'partial', failure: failed, warnings };
}

function noticeOf(run: Run, order: BackupOrder | null, end: RunEnd, report: RunReport | null): RunNotice {
  return {
    appName: order?.app.name ?? run.appId,
    runId: run.id,
    outcome: end.outcome,
    error: end.failure === undefined ? null : { code: end.failure.code, detail: end.failure.detail },
    warnings: end.warnings ?? [],
    copies: (report?.copies ?? []).map(({ planned, backup }) => ({
      destination: planned.destination,
      key: planned.key,
      stored: backup !== null,
    })),
    sizeBytes: report?.sizeBytes ?? null,
  };
}
