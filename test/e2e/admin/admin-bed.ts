import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, getDataSourceToken } from '@nestjs/typeorm';
import { EMPTY } from 'rxjs';
import type { Observable } from 'rxjs';
import type { DataSource } from 'typeorm';
import { ADMIN_PARTS } from '../../../src/admin/admin-parts.js';
import { Session } from '../../../src/admin/auth/session.entity.js';
import { configureHttp } from '../../../src/admin/configure-http.js';
import { staticFiles } from '../../../src/admin/static-files.js';
import { AppOverride } from '../../../src/apps/app-override.entity.js';
import { App } from '../../../src/apps/app.entity.js';
import { AppsModule } from '../../../src/apps/apps.module.js';
import { AppsService } from '../../../src/apps/apps.service.js';
import { AuditEntry } from '../../../src/apps/audit-entry.entity.js';
import { Secret, SecretGrant } from '../../../src/apps/secret.entity.js';
import { AdoptCopies } from '../../../src/backups/adopt-copies.js';
import { Backup } from '../../../src/backups/backup.entity.js';
import { Catalog } from '../../../src/backups/catalog.js';
import { ChecksService } from '../../../src/backups/checks.service.js';
import { DestinationContents } from '../../../src/backups/destination-contents.js';
import { FolderMarks } from '../../../src/backups/folder-marks.js';
import { FolderOwners } from '../../../src/backups/folder-owners.js';
import { LiveProgress } from '../../../src/backups/live-progress.js';
import { PruneService } from '../../../src/backups/prune.service.js';
import { RunStores } from '../../../src/backups/run-io.js';
import { RunLedger } from '../../../src/backups/run-ledger.js';
import { RunLogLine } from '../../../src/backups/run-log.entity.js';
import { Run, RunStep } from '../../../src/backups/run.entity.js';
import { InProcessRunQueue, RunQueue } from '../../../src/backups/run-queue.js';
import { RunsService } from '../../../src/backups/runs.service.js';
import { TestAppService } from '../../../src/backups/test-app.service.js';
import type { TestCheck } from '../../../src/backups/test-app.service.js';
import type { AppConfig } from '../../../src/config/app-config.js';
import { DiscoveryService } from '../../../src/discovery/discovery.service.js';
import { OverdueService } from '../../../src/schedule/overdue.service.js';
import { ConfigModule } from '../../../src/config/config.module.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { Check } from '../../../src/core/checklist.js';
import { Clock, FixedClock } from '../../../src/core/clock.js';
import { BackupFailure } from '../../../src/core/failure.js';
import { LogBuffer } from '../../../src/core/log-buffer.js';
import { SecretsBox } from '../../../src/core/secrets-box.js';
import { AgentIdentity } from '../../../src/db/agent-identity.js';
import { dataSourceOptions } from '../../../src/db/data-source.js';
import { Exporter } from '../../../src/exporters/exporter.js';
import { Destinations } from '../../../src/destinations/destination.js';
import type { Destination, DestinationView } from '../../../src/destinations/destination.js';
import { ConfigQuestions } from '../../../src/destinations/config-questions.js';
import { DestinationDrafts } from '../../../src/destinations/destination-drafts.js';
import { DestinationHealth } from '../../../src/destinations/destination-health.js';
import { DestinationList } from '../../../src/destinations/destination-list.js';
import { DestinationUses } from '../../../src/destinations/destination-uses.js';
import { DestinationVisits } from '../../../src/destinations/destination-visits.js';
import { DestinationRemoval } from '../../../src/backups/destination-removal.js';
import { DestinationMoves } from '../../../src/destinations/destination-moves.js';
import { DestinationsAdmin } from '../../../src/destinations/destinations-admin.js';
import { EncryptDestination } from '../../../src/destinations/encrypt-destination.js';
import { HostKeys } from '../../../src/destinations/host-keys.js';
import { SharedDriveFolder } from '../../../src/destinations/shared-drive-folder.js';
import { MemoryDestination } from '../../../src/destinations/memory.destination.js';
import { RcloneDaemon } from '../../../src/destinations/rclone-daemon.js';
import { DockerGateway } from '../../../src/docker/docker.gateway.js';
import type { DockerHint } from '../../../src/docker/docker.gateway.js';

export const ADMIN = {
  user: 'keeper',
  pass: 'canary-pass-9f27c1e0',
  apiToken: 'canary-api-token-51d0b7aa93',
  secretKey: 'canary-secret-key-0123456789abcdef',
};
export const NOW = new Date('2026-11-24T12:00:00Z');

/** What "Test now" says here: admin only shows it. */
const CHECKS: Check<TestCheck>[] = [
  { name: 'resolve', subject: '', outcome: 'ok', tookMs: 3, detail: 'found', failure: null },
  { name: 'auth', subject: '', outcome: 'failed', tookMs: 9, detail: '401', failure: new BackupFailure('app-auth', { detail: '401' }) },
  { name: 'checksum', subject: '', outcome: 'skipped', tookMs: 0, detail: '', failure: null },
  { name: 'destination', subject: 'local', outcome: 'ok', tookMs: 20, detail: '', failure: null },
]; // prettier-ignore

export class MemoryDestinations extends Destinations {
  readonly defaultName = 'local';
  readonly local = new MemoryDestination({ name: 'local' });

  async byName(name: string): Promise<Destination> {
    if (name === 'local') return this.local;
    throw new BackupFailure('destination-not-configured', { detail: name });
  }

  async names(): Promise<DestinationView[]> {
    return [{ name: 'local', kind: 'builtin', place: '/backups' }];
  }
}

/** Writes the row of a run and does nothing else: what a run does is not admin's business. */
export class QueueOnlyRuns {
  constructor(
    private readonly apps: AppsService,
    private readonly ledger: RunLedger,
  ) {}

  async start(appId: string, trigger: Run['trigger']): Promise<Run> {
    const app = await this.apps.byId(appId);
    if (app?.state !== 'active' && app?.state !== 'degraded')
      throw new BackupFailure('app-not-active', { detail: `its state is ${app?.state ?? 'gone'}` });
    return (
      (await this.ledger.openRunOf(appId)) ?? this.ledger.queue({ id: crypto.randomUUID(), appId, trigger })
    );
  }

  async cancel(runId: string): Promise<Run | null> {
    await this.ledger.finish(runId, { outcome: 'cancelled', failure: new BackupFailure('cancelled') });
    return this.ledger.byId(runId);
  }
}

class NoExporter extends Exporter {
  readonly open = () => Promise.reject(new Error('not asked for here'));
  readonly drop = () => Promise.reject(new Error('not asked for here'));
  readonly check = () => Promise.reject(new Error('not asked for here'));
}

class SilentDocker extends DockerGateway {
  readonly list = async () => [];
  readonly inspect = async () => null;
  readonly environmentValue = async () => null;
  readonly imageLabels = async () => ({});
  readonly hints = (): Observable<DockerHint> => EMPTY;
  readonly status = () => ({ connected: true, detail: '', apiVersion: '1.44' });
}

/** Setting up destinations is tried with a real rclone elsewhere. */
const standingDestinations = () => [
  { provide: DestinationList, useValue: { all: async () => [], backends: async () => [] } },
  ...[
    AdoptCopies,
    ConfigQuestions,
    DestinationContents,
    DestinationDrafts,
    DestinationHealth,
    DestinationMoves,
    DestinationRemoval,
    DestinationUses,
    DestinationsAdmin,
    EncryptDestination,
    FolderMarks,
    HostKeys,
    SharedDriveFolder,
  ].map((service) => ({ provide: service, useValue: {} })),
];

export interface AdminBed {
  app: NestExpressApplication;
  url: string;
  config: AppConfig;
  clock: FixedClock;
  log: LogBuffer;
  db: DataSource;
  apps: AppsService;
  ledger: RunLedger;
  catalog: Catalog;
  destinations: MemoryDestinations;
  close(): Promise<void>;
}

/** Admin over real services, a real database and a real port; only runs, Docker and rclone stand still. */
export async function startAdmin(environment: Record<string, string> = {}): Promise<AdminBed> {
  const dir = await mkdtemp(join(tmpdir(), 'admin-'));
  const config = loadConfig({
    APP_SECRET_KEY: ADMIN.secretKey,
    APP_ADMIN_USER: ADMIN.user,
    APP_ADMIN_PASS: ADMIN.pass,
    APP_API_TOKEN: ADMIN.apiToken,
    DATA_DIR: dir,
    ...environment,
  });
  const entities = [
    App,
    AppOverride,
    AuditEntry,
    Backup,
    Run,
    RunLogLine,
    RunStep,
    Secret,
    SecretGrant,
    Session,
  ];
  const runs = {
    provide: RunsService,
    useFactory: (apps: AppsService, ledger: RunLedger) => new QueueOnlyRuns(apps, ledger),
    inject: [AppsService, RunLedger],
  };

  const clock = new FixedClock(NOW);
  const log = new LogBuffer();
  @Global()
  @Module({
    providers: [
      { provide: Clock, useValue: clock },
      { provide: LogBuffer, useValue: log },
      { provide: SecretsBox, useValue: new SecretsBox(config.appSecretKey) },
    ],
    exports: [Clock, LogBuffer, SecretsBox],
  })
  class StandingStill {}

  @Module({
    imports: [
      ConfigModule.of(config),
      StandingStill,
      TypeOrmModule.forRoot(dataSourceOptions(config, entities)),
      AppsModule,
      staticFiles(),
    ],
    controllers: ADMIN_PARTS.controllers,
    providers: [
      ...ADMIN_PARTS.providers,
      Catalog,
      ChecksService,
      DestinationUses,
      { provide: DestinationRemoval, useValue: {} },
      { provide: DestinationVisits, useValue: {} },
      LiveProgress,
      PruneService,
      {
        provide: RunStores,
        useFactory: (destinations: Destinations, catalog: Catalog) =>
          new RunStores(
            new NoExporter(),
            destinations,
            catalog,
            new FolderOwners(new AgentIdentity('bed'), clock),
            {
              forRun: () => Promise.resolve(null),
            },
          ),
        inject: [Destinations, Catalog],
      },
      RunLedger,
      {
        provide: RunQueue,
        useFactory: () =>
          new InProcessRunQueue({ total: 4, perDestination: 4 }, { afterMs: 60_000, bytesOf: () => 0 }),
      },
      OverdueService,
      {
        provide: DiscoveryService,
        useValue: {
          seen: () => [],
          refresh: async () => undefined,
          status: () => ({ connected: true, detail: '', apiVersion: '1.41' }),
        },
      },
      runs,
      { provide: TestAppService, useValue: { test: async () => CHECKS } },
      { provide: Destinations, useClass: MemoryDestinations },
      ...standingDestinations(),
      { provide: RcloneDaemon, useValue: { status: () => ({ state: 'running' }) } },
      { provide: DockerGateway, useClass: SilentDocker },
    ],
  })
  class AdminUnderTest {}

  const app = await NestFactory.create<NestExpressApplication>(AdminUnderTest, {
    logger: false,
    abortOnError: false,
  });
  configureHttp(app, config);
  await app.listen(0, '127.0.0.1');
  return {
    app,
    config,
    clock,
    log,
    url: await app.getUrl(),
    db: app.get<DataSource>(getDataSourceToken()),
    apps: app.get(AppsService, { strict: false }),
    ledger: app.get(RunLedger, { strict: false }),
    catalog: app.get(Catalog, { strict: false }),
    destinations: app.get<MemoryDestinations>(Destinations, { strict: false }),
    close: async () => {
      await app.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
