import { Inject, Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { DestinationHealth } from '../destinations/destination-health.js';
import { ClockWatch } from '../core/clock-watch.js';
import { Destinations } from '../destinations/destination.js';
import { Exporter } from '../exporters/exporter.js';
import type { BackupIo, CrashPoint } from './backup-order.js';
import { Catalog } from './catalog.js';
import { FolderOwners } from './folder-owners.js';
import { LiveProgress } from './live-progress.js';
import { RunLedger } from './run-ledger.js';
import { RunRecorder } from './run-recorder.js';
import type { PlannedCopy } from './run.entity.js';

/** For tests of recovery: dies at the point named by the configuration, as a power cut would. */
export function crashAt(wanted: string | null): (point: CrashPoint) => void {
  return (point) => {
    if (point === wanted) process.kill(process.pid, 'SIGKILL');
  };
}

/** Where the rows of runs and the ports of the outside come together. */
@Injectable()
export class RunStores {
  constructor(
    readonly exporter: Exporter,
    readonly destinations: Destinations,
    readonly catalog: Catalog,
    readonly owners: FolderOwners,
    @Inject(DestinationHealth) readonly health: Pick<DestinationHealth, 'forRun'>,
  ) {}
}

/** Makes what a run works with. */
@Injectable()
export class RunIoFactory {
  constructor(
    private readonly stores: RunStores,
    private readonly ledger: RunLedger,
    private readonly progress: LiveProgress,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** @param planned is filled with the copies of the run, and keeps up with what becomes of them */
  make(run: { id: string; attempt: number; after: number }, planned: PlannedCopy[]): BackupIo {
    const { ledger, clock, stores } = this;
    const runId = run.id;
    const watch = new ClockWatch(clock);
    const recorder = new RunRecorder(run, ledger, clock);
    return {
      exporter: stores.exporter,
      destinations: stores.destinations,
      catalog: stores.catalog,
      owners: stores.owners,
      unwell: (name) => stores.health.forRun(name),
      now: () => clock.now(),
      clockMoved: () => watch.jumpMs() !== 0,
      working: (statusPath) =>
        ledger.update(runId, { appJob: { statusPath, since: clock.now().toISOString() } }),
      plan: async (copies, bytesTotal) => {
        planned.push(...copies);
        // What an earlier attempt counted must not vouch for the copies of this one.
        const fresh = { sizeBytes: null, sha256: null, declared: null };
        await ledger.update(runId, { plannedCopies: planned, bytesTotal, ...fresh });
      },
      counted: (sent, declared) =>
        ledger.update(runId, {
          sizeBytes: sent.sizeBytes,
          sha256: sent.hashes.sha256,
          declared,
          plannedCopies: planned,
        }),
      step: (name, work) => recorder.step(name, work),
      onBytes: (count) => this.progress.add(runId, count),
      reached: crashAt(this.config.crashAt),
    };
  }

  /** Forgets the progress of a run that has ended. */
  close(runId: string): void {
    this.progress.end(runId);
  }
}
