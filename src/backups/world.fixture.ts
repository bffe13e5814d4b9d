import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { RunNotice } from '../alerts/notice.js';
import { Notifier } from '../alerts/notifier.js';
import { AppOverride } from '../apps/app-override.entity.js';
import { App } from '../apps/app.entity.js';
import { AuditEntry } from '../apps/audit-entry.entity.js';
import { AppsService } from '../apps/apps.service.js';
import type { SettingTexts } from '../apps/settings.js';
import type { AppConfig } from '../config/app-config.js';
import { loadConfig } from '../config/load-config.js';
import { FixedClock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import type { FailureCode } from '../core/failure.js';
import { SecretsBox } from '../core/secrets-box.js';
import { AgentIdentity } from '../db/agent-identity.js';
import { dataSourceOptions } from '../db/data-source.js';
import { Destinations } from '../destinations/destination.js';
import type { Destination, DestinationView } from '../destinations/destination.js';
import { MemoryDestination } from '../destinations/memory.destination.js';
import { Exporter } from '../exporters/exporter.js';
import type { Declared, ExportSource, OpenExport } from '../exporters/exporter.js';
import { Backup } from './backup.entity.js';
import { Catalog } from './catalog.js';
import { ExecuteRun } from './execute-run.js';
import { FolderOwners } from './folder-owners.js';
import { LiveProgress } from './live-progress.js';
import { OrderFactory } from './order-factory.js';
import { RecoverRun } from './recover-run.js';
import { RetryPlan } from './retry-plan.js';
import { RunIoFactory, RunStores } from './run-io.js';
import { RunLedger } from './run-ledger.js';
import { InProcessRunQueue } from './run-queue.js';
import { RunLogLine } from './run-log.entity.js';
import { Run, RunStep } from './run.entity.js';
import { RunsService } from './runs.service.js';

/** An app's export as a spec wants it. */
export class ScriptedExporter extends Exporter {
  bytes = Buffer.from('an export');
  declared: Declared | null = null;
  /** Breaks after this many bytes. */
  breaksAfter: number | null = null;
  failure: FailureCode | null = null;
  /** Waits in the middle until the run is stopped. */
  hangs = false;
  calls = 0;

  async open(_source: ExportSource, _progress: unknown, signal: AbortSignal): Promise<OpenExport> {
    this.calls += 1;
    if (this.failure !== null) throw new BackupFailure(this.failure);
    const declared = this.declared ?? {
      sizeBytes: this.bytes.length,
      sha256: sha256(this.bytes),
      sha256From: 'header' as const,
    };
    return Promise.resolve({
      bytes: Readable.from(this.chunks(signal), { objectMode: false }),
      early: declared,
      declared: () => declared,
      estimatedBytes: null,
    });
  }

  drop(): Promise<void> {
    return Promise.resolve();
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  private async *chunks(signal: AbortSignal): AsyncGenerator<Buffer> {
    const limit = this.breaksAfter ?? this.bytes.length;
    for (let at = 0; at < limit; at += 65_536) yield this.bytes.subarray(at, Math.min(limit, at + 65_536));
    if (this.hangs)
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('stopped'))),
      );
    if (this.breaksAfter !== null) throw new BackupFailure('export-broken');
    await Promise.resolve();
  }
}

class NamedDestinations extends Destinations {
  readonly defaultName = 'nas';
  readonly all = new Map<string, Destination>();

  byName(name: string): Promise<Destination> {
    const found = this.all.get(name);
    return found === undefined
      ? Promise.reject(new BackupFailure('destination-not-configured', { detail: name }))
      : Promise.resolve(found);
  }

  names(): Promise<DestinationView[]> {
    return Promise.resolve([]);
  }
}

class CollectingNotifier extends Notifier {
  readonly notices: RunNotice[] = [];

  notify(notice: RunNotice): Promise<void> {
    this.notices.push(notice);
    return Promise.resolve();
  }

  notifyDestination(): Promise<void> {
    return Promise.resolve();
  }
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The backups part of an agent on a real SQLite file, with memory destinations `nas` and `cloud` and a scripted app. */
export async function makeWorld(patch: Partial<AppConfig> = {}) {
  Logger.overrideLogger(false);
  const dataDir = mkdtempSync(join(tmpdir(), 'world-'));
  const loaded = loadConfig({
    APP_SECRET_KEY: 'k'.repeat(40),
    APP_ADMIN_PASS: 'a-long-enough-pass',
    DATA_DIR: dataDir,
    RCLONE_REMOTE: 'nas',
  });
  const config: AppConfig = Object.assign({}, loaded, { retryDelaysMs: [] }, patch);
  const entities = [App, AppOverride, AuditEntry, Backup, Run, RunLogLine, RunStep];
  const db = await new DataSource(dataSourceOptions(config, entities)).initialize();
  const clock = new FixedClock(new Date('2026-11-24T03:00:00Z'));
  const apps = new AppsService(db, config, clock, new SecretsBox(config.appSecretKey));
  const nas = new MemoryDestination({ name: 'nas' });
  const cloud = new MemoryDestination({ name: 'cloud', commit: 'direct', nativeHash: 'md5' });
  const destinations = new NamedDestinations();
  destinations.all.set('nas', nas).set('cloud', cloud);
  const exporter = new ScriptedExporter();
  const notifier = new CollectingNotifier();
  const ledger = new RunLedger(db, clock);
  const catalog = new Catalog(db, destinations, clock);
  const stores = new RunStores(
    exporter,
    destinations,
    catalog,
    new FolderOwners(new AgentIdentity('this-agent'), clock),
    { forRun: () => Promise.resolve(null) },
  );
  const recovery = new RecoverRun(stores, ledger, apps, config, clock);
  const ios = new RunIoFactory(stores, ledger, new LiveProgress(), config, clock);
  const execute = new ExecuteRun(new OrderFactory(apps, config, clock), ios, ledger, recovery, notifier);
  const queue = new InProcessRunQueue({ total: 4, perDestination: 4 }, { afterMs: 60_000, bytesOf: () => 0 });
  const runs = new RunsService(apps, ledger, queue, execute, new RetryPlan(config, clock));

  const addApp = (declaration: SettingTexts = {}, key = 'compose:ghost/app'): Promise<App> =>
    apps.add({
      key, origin: 'label', state: 'active', declaration, problems: [], containerId: 'c1', containerName: 'ghost', image: 'ghost:1',
      project: 'ghost', service: 'app', manualUrl: null, manualToken: null, wantedName: 'ghost',
    }); // prettier-ignore
  const ended = async (id: string): Promise<Run> => {
    for (let tries = 0; tries < 1000; tries += 1) {
      const run = await ledger.byId(id);
      if (run?.state === 'finished') return run;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('the run did not end');
  };
  return {
    config, db, clock, apps, nas, cloud, destinations, exporter, notifier, ledger, catalog, stores, recovery, queue, runs, addApp, ended,
    /** Starts a run and waits for its end. */
    run: async (app: App): Promise<Run> => {
      const told = notifier.notices.length;
      const run = await ended((await runs.start(app.id, 'manual')).id);
      // The notice comes right after the row that says so.
      for (let tries = 0; tries < 100 && notifier.notices.length === told; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 5));
      return run;
    },
    close: async (): Promise<void> => {
      await queue.drain();
      await db.destroy();
      rmSync(dataDir, { recursive: true, force: true });
    },
  }; // prettier-ignore
}

export type World = Awaited<ReturnType<typeof makeWorld>>;
