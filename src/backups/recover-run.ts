import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AppsService } from '../apps/apps.service.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { BackupFailure, messageOf } from '../core/failure.js';
import type { RunWarning } from '../core/warning-texts.js';
import type { CommitOrder } from './commit-copy.js';
import { formatOf } from './object-name.js';
import { RunStores } from './run-io.js';
import { RunLedger } from './run-ledger.js';
import { RunRecorder } from './run-recorder.js';
import type { PlannedCopy, Run, RunOutcome } from './run.entity.js';
import { refuseOtherFolder } from './same-folder.js';
import { settleCopy } from './settle-copy.js';

/** Makes the rows of runs that an earlier agent left behind true again. */
@Injectable()
export class RecoverRun {
  private readonly logger = new Logger(RecoverRun.name);

  constructor(
    private readonly stores: RunStores,
    private readonly ledger: RunLedger,
    private readonly apps: AppsService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** Ends a run that the agent died in. Never rejects. @returns how it ended; null when that could not be written */
  async recover(run: Run, signal: AbortSignal): Promise<RunOutcome | null> {
    try {
      const recorder = new RunRecorder(
        { id: run.id, attempt: run.attempt, after: await this.ledger.stepCount(run.id) },
        this.ledger,
        this.clock,
      );
      await this.ledger.failOpenSteps(run.id);
      const warnings = await recorder.step('recover', async (note) => {
        const settled = await this.settle(run, signal);
        for (const copy of run.plannedCopies) note(`${copy.destination}:${copy.key}: ${copy.outcome}`);
        return settled;
      });
      await this.ledger.update(run.id, { plannedCopies: run.plannedCopies });
      const end = endOf(run.plannedCopies);
      const failure = end === 'succeeded' ? undefined : new BackupFailure('interrupted');
      await this.ledger.finish(run.id, {
        outcome: end,
        warnings,
        ...(failure === undefined ? {} : { failure }),
      });
      this.logger.warn(`run ${run.id} was interrupted by a stop of the agent; it is now ${end}`);
      return end;
    } catch (error) {
      this.logger.error(`run ${run.id} could not be recovered: ${messageOf(error)}`);
      return null;
    }
  }

  /**
   * Looks again at what earlier runs of an app may have left at destinations that could not be asked then.
   * @returns whether all of it could be looked at now
   */
  async settleLeftovers(appId: string, signal: AbortSignal): Promise<boolean> {
    let isDone = true;
    for (const run of await this.ledger.unsettledOf(appId)) {
      const warnings = await this.settle(run, signal);
      isDone &&= !warnings.some(({ code }) => code === 'leftover-kept');
      await this.ledger.update(run.id, { plannedCopies: run.plannedCopies });
    }
    return isDone;
  }

  private async settle(run: Run, signal: AbortSignal): Promise<RunWarning[]> {
    const warnings: RunWarning[] = [];
    for (const planned of run.plannedCopies) {
      if (planned.outcome !== 'pending' && planned.outcome !== 'unsettled') continue;
      const warning = await this.settleOne(run, planned, signal);
      if (warning !== null) warnings.push(warning);
    }
    return warnings;
  }

  private async settleOne(run: Run, planned: PlannedCopy, signal: AbortSignal): Promise<RunWarning | null> {
    try {
      if (await this.stores.catalog.knows(planned.destination, planned.key)) {
        planned.outcome = 'stored';
        return null;
      }
      const destination = await this.stores.destinations.byName(planned.destination);
      await refuseOtherFolder(destination, planned.key);
      const counted =
        run.sizeBytes === null || run.sha256 === null
          ? null
          : { sizeBytes: run.sizeBytes, hashes: { sha256: run.sha256 } };
      const { order, sizeChangePercent } = await this.orderOf(run);
      const row = await settleCopy(destination, planned, counted, order, randomUUID(), signal);
      if (row !== null) await this.stores.catalog.record(row, sizeChangePercent);
      planned.outcome = row === null ? 'failed' : 'stored';
      planned.error = row === null ? { code: 'interrupted', detail: '' } : null;
      return row === null ? null : { code: 'recovered', detail: `${planned.destination}:${planned.key}` };
    } catch (error) {
      planned.outcome = 'unsettled';
      planned.error = { code: 'interrupted', detail: messageOf(error) };
      return { code: 'leftover-kept', detail: `${planned.destination}:${planned.key}` };
    }
  }

  private async orderOf(run: Run): Promise<{ order: CommitOrder; sizeChangePercent: number }> {
    const app = await this.apps.byId(run.appId);
    const settings = app === null ? null : await this.apps.settingsOf(app);
    const declared = run.declared ?? {};
    const order = {
      runId: run.id,
      appId: run.appId,
      app: { key: app?.key ?? '', name: settings?.name.value ?? '', slug: app?.slug ?? '' },
      at: run.startedAt ?? run.queuedAt,
      format: formatOf(declared),
      agentVersion: this.config.agentVersion,
      declared,
    };
    return { order, sizeChangePercent: settings?.sizeChangePercent.value ?? 100 };
  }
}

function endOf(copies: readonly PlannedCopy[]): RunOutcome {
  const stored = copies.filter((copy) => copy.outcome === 'stored').length;
  if (stored === 0) return 'interrupted';
  return stored === copies.length ? 'succeeded' : 'partial';
}
