import { Injectable } from '@nestjs/common';
import { Notifier } from '../alerts/notifier.js';
import type { RunNotice } from '../alerts/notice.js';
import { BackupFailure } from '../core/failure.js';
import type { BackupOrder, RunReport } from './backup-order.js';
import { RecoverRun } from './recover-run.js';
import { RunIoFactory } from './run-io.js';
import { RunLedger } from './run-ledger.js';
import type { RunEnd } from './run-ledger.js';
import { OrderFactory } from './order-factory.js';
import { runBackup } from './run-backup.js';
import type { PlannedCopy } from './run.entity.js';
import { endOf, limitedSignal } from './stop-reason.js';

/** Runs one queued run from its row to its notice. */
@Injectable()
export class ExecuteRun {
  constructor(
    private readonly orders: OrderFactory,
    private readonly ios: RunIoFactory,
    private readonly ledger: RunLedger,
    private readonly recovery: RecoverRun,
    private readonly notifier: Notifier,
  ) {}

  /** Never rejects: what went wrong is in the run's row. */
  async run(runId: string, appId: string, outer: AbortSignal): Promise<void> {
    const order = await this.orders.make(runId, appId);
    if (order instanceof BackupFailure) {
      await this.ledger.finish(runId, { outcome: 'failed', failure: order });
      return;
    }
    const { signal, release } = limitedSignal(outer, order.source.settings.timeoutMs.value);
    const planned: PlannedCopy[] = [];
    let end: RunEnd;
    let report: RunReport | null = null;
    try {
      await this.ledger.begin(runId);
      await this.recovery.settleLeftovers(appId, signal);
      report = await runBackup(order, this.ios.make(runId, planned), signal);
      end = { ...outcomeOf(report), warnings: report.warnings };
    } catch (error) {
      end = endOf(error, signal);
    } finally {
      release();
      this.ios.close(runId);
    }
    await this.ledger.update(runId, { plannedCopies: planned });
    await this.ledger.finish(runId, end);
    await this.notifier.notify(noticeOf(order, end, report));
  }
}

function outcomeOf(report: RunReport): RunEnd {
  const failed = report.copies.find((copy) => copy.failure !== null)?.failure;
  return failed === undefined || failed === null
    ? { outcome: 'succeeded' }
    : { outcome: 'partial', failure: failed };
}

function noticeOf(order: BackupOrder, end: RunEnd, report: RunReport | null): RunNotice {
  return {
    appName: order.app.name,
    runId: order.runId,
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
