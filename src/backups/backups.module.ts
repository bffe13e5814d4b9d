import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { AppsModule } from '../apps/apps.module.js';
import { AppConfig } from '../config/app-config.js';
import { DestinationsModule } from '../destinations/destinations.module.js';
import { ExportersModule } from '../exporters/exporters.module.js';
import { AdoptCopies } from './adopt-copies.js';
import { AppOfManifest } from './app-of-manifest.js';
import { Catalog } from './catalog.js';
import { ChecksService } from './checks.service.js';
import { DestinationAlerts } from './destination-alerts.js';
import { DestinationContents } from './destination-contents.js';
import { DestinationFollowers } from './destination-followers.js';
import { DestinationRemoval } from './destination-removal.js';
import { ExecuteRun } from './execute-run.js';
import { FolderMarks, MarkedPlaces } from './folder-marks.js';
import { FolderOwners } from './folder-owners.js';
import { LiveProgress } from './live-progress.js';
import { OrderFactory } from './order-factory.js';
import { PruneService } from './prune.service.js';
import { RecoverRun } from './recover-run.js';
import { RetryPlan } from './retry-plan.js';
import { ResumeRuns } from './resume-runs.js';
import { RunIoFactory, RunStores } from './run-io.js';
import { RunLedger } from './run-ledger.js';
import { RunLogKeeper } from './run-log-keeper.js';
import { InProcessRunQueue, RunQueue } from './run-queue.js';
import { RunsService } from './runs.service.js';
import { TestAppService } from './test-app.service.js';
import { UsedFolders } from './used-folders.js';

@Module({
  imports: [AlertsModule, AppsModule, DestinationsModule, ExportersModule],
  providers: [
    AdoptCopies,
    AppOfManifest,
    Catalog,
    ChecksService,
    DestinationAlerts,
    DestinationContents,
    DestinationFollowers,
    DestinationRemoval,
    ExecuteRun,
    FolderMarks,
    FolderOwners,
    LiveProgress,
    MarkedPlaces,
    OrderFactory,
    PruneService,
    RecoverRun,
    ResumeRuns,
    RetryPlan,
    RunIoFactory,
    RunLedger,
    RunLogKeeper,
    RunsService,
    RunStores,
    TestAppService,
    UsedFolders,
    {
      provide: RunQueue,
      useFactory: (config: AppConfig, progress: LiveProgress) =>
        new InProcessRunQueue(
          { total: config.maxParallelRuns, perDestination: config.maxParallelPerDestination },
          { afterMs: config.longRunMs, bytesOf: (runId) => progress.bytesDone(runId) ?? 0 },
        ),
      inject: [AppConfig, LiveProgress],
    },
  ],
  exports: [
    AdoptCopies, Catalog, ChecksService, DestinationContents, DestinationRemoval, FolderMarks, LiveProgress, PruneService,
    RunLedger, RunsService, TestAppService,
  ], // prettier-ignore
})
export class BackupsModule {}
