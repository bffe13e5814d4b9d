import type { ModuleMetadata } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { OverridesService } from '../apps/overrides.service.js';
import { ApiDocs } from './api/api-docs.js';
import { AppLifeController } from './api/app-life.controller.js';
import { ManageAppPage } from './pages/manage-app.page.js';
import { AuditController } from './api/audit.controller.js';
import { AuditPage } from './pages/audit.page.js';
import { SecretsController } from './api/secrets.controller.js';
import { SecretsPage } from './pages/secrets.page.js';
import { AppActions } from './app-actions.js';
import { AppSchedule } from './app-schedule.js';
import { SecretActions } from './secret-actions.js';
import { SecretsReader } from './secrets-reader.js';
import { AppBackupsController } from './api/app-backups.controller.js';
import { AppTestController } from './api/app-test.controller.js';
import { AppsController } from './api/apps.controller.js';
import { BackupsController } from './api/backups.controller.js';
import { DESTINATION_API } from './api/destinations/destination-api.js';
import { DiscoveryController } from './api/discovery.controller.js';
import { DocsController } from './api/docs.controller.js';
import { HealthController } from './api/health.controller.js';
import { JobsController } from './api/jobs.controller.js';
import { LogController } from './api/log.controller.js';
import { ManualAppsService } from './api/manual-apps.service.js';
import { AppTests } from './app-tests.js';
import { AppsReader } from './apps-reader.js';
import { AuditLog } from './audit-log.js';
import { BackupActions } from './backup-actions.js';
import { AuthGuard } from './auth/auth.guard.js';
import { LoginController } from './auth/login.controller.js';
import { LoginThrottleGuard } from './auth/login-throttle.guard.js';
import { SessionsService } from './auth/sessions.service.js';
import { FailureFilter } from './failure.filter.js';
import { Health } from './health.js';
import { JobPartsReader } from './job-parts.js';
import { KeepReasons } from './keep-reasons.js';
import { EventsController } from './live/events.controller.js';
import { LogFeed } from './live/log-feed.js';
import { RunFeed } from './live/run-feed.js';
import { AppDetails } from './pages/app-details.js';
import { AppTestPage } from './pages/app-test.page.js';
import { AppPage } from './pages/app.page.js';
import { AppsPage } from './pages/apps.page.js';
import { BackupsPage } from './pages/backups.page.js';
import { DiscoveryPage } from './pages/discovery.page.js';
import { DESTINATION_PAGES } from './pages/destinations/destination-pages.js';
import { LogPage } from './pages/log.page.js';
import { Overviews } from './pages/overviews.js';
import { Page } from './pages/page.js';
import { RunDetails } from './pages/run-details.js';
import { RunsPage } from './pages/runs.page.js';

/** What admin itself consists of, without the services that it asks: specs put fakes beside it. */
export const ADMIN_PARTS = {
  controllers: [
    AppsController,
    AppBackupsController,
    AppTestController,
    AppTestPage,
    BackupsController,
    AppLifeController,
    // Before the pages of single apps: `new` is no id.
    ManageAppPage,
    AppsPage,
    AppPage,
    AuditController,
    AuditPage,
    BackupsPage,
    ...DESTINATION_API.controllers,
    DiscoveryController,
    DiscoveryPage,
    DocsController,
    EventsController,
    HealthController,
    JobsController,
    LogController,
    LogPage,
    LoginController,
    RunsPage,
    SecretsController,
    SecretsPage,
    ...DESTINATION_PAGES.controllers,
  ],
  providers: [
    ApiDocs,
    AppActions,
    AppDetails,
    AppSchedule,
    AppTests,
    AppsReader,
    AuditLog,
    BackupActions,
    ...DESTINATION_API.providers,
    Health,
    JobPartsReader,
    KeepReasons,
    LogFeed,
    LoginThrottleGuard,
    ManualAppsService,
    OverridesService,
    Overviews,
    Page,
    RunDetails,
    RunFeed,
    SecretActions,
    SecretsReader,
    SessionsService,
    ...DESTINATION_PAGES.providers,
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_FILTER, useClass: FailureFilter },
  ],
} satisfies ModuleMetadata;
