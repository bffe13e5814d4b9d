import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppsService } from '../apps/apps.service.js';
import { Clock } from '../core/clock.js';
import { BackupFailure, asFailure, messageOf } from '../core/failure.js';
import type { RunWarning } from '../core/warning-texts.js';
import type { Backup } from './backup.entity.js';
import { folderOf } from './object-name.js';
import { pruneCopies } from './prune-copies.js';
import { RunStores } from './run-io.js';
import { refuseOtherFolder } from './same-folder.js';
import { RunQueue } from './run-queue.js';

/** What a pass by hand did. */
export interface PruneReport {
  /** `destination: deleted key`, one line each. */
  lines: string[];
  warnings: RunWarning[];
}

/** Retention passes that a person asks for: the way past the brake. */
@Injectable()
export class PruneService {
  constructor(
    private readonly apps: AppsService,
    private readonly stores: RunStores,
    private readonly queue: RunQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Deletes what the policy of an app does not keep, at all its destinations; waits for a run of the app that is under way.
   * A destination that refuses is a warning, and an error where none is left.
   * @throws BackupFailure `app-not-active` when there is no such app, `destination-changed`, `destination-owned` …
   */
  prune(appId: string): Promise<PruneReport> {
    return new Promise((resolve, reject) => {
      const work = (signal: AbortSignal): Promise<void> => this.pass(appId, signal).then(resolve, reject);
      this.queue.add({ runId: randomUUID(), appId, destinations: [], urgent: true, work });
    });
  }

  private async pass(appId: string, signal: AbortSignal): Promise<PruneReport> {
    const app = await this.apps.byId(appId);
    if (app === null) throw new BackupFailure('app-not-active', { detail: `there is no app ${appId}` });
    const settings = await this.apps.settingsOf(app);
    const order = { appId, retention: settings.retention.value, timezone: settings.timezone.value };
    const report: PruneReport = { lines: [], warnings: [] };
    const refusals: BackupFailure[] = [];
    const newest = newestGood(await this.stores.catalog.ofApp(appId));
    for (const copy of newest) {
      try {
        await this.passAt(copy, order, report, signal);
      } catch (error) {
        const failure = asFailure(error);
        refusals.push(failure);
        const detail = `${copy.destination}: ${messageOf(failure)}`;
        report.warnings.push({ code: 'prune-failed', detail });
      }
    }
    // Nothing was done: then what was wrong is the answer.
    if (refusals[0] !== undefined && refusals.length === newest.length) throw refusals[0];
    return report;
  }

  private async passAt(
    newest: Backup,
    order: Parameters<typeof pruneCopies>[2],
    report: PruneReport,
    signal: AbortSignal,
  ): Promise<void> {
    const { catalog, destinations, owners } = this.stores;
    const destination = await destinations.byName(newest.destination);
    await refuseOtherFolder(destination, newest.objectKey);
    await owners.check(destination, folderOf(newest.objectKey), signal);
    const note = (line: string): void => void report.lines.push(line);
    const io = { catalog, now: () => this.clock.now() };
    report.warnings.push(...(await pruneCopies(destination, newest, order, io, note, true)));
  }
}

/** One for each destination. @param copies the newest first */
function newestGood(copies: readonly Backup[]): Backup[] {
  const newest = new Map<string, Backup>();
  for (const copy of copies)
    if (copy.state === 'verified' && !newest.has(copy.destination)) newest.set(copy.destination, copy);
  return [...newest.values()];
}
