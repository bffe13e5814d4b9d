import { Module } from '@nestjs/common';
import { AppsModule } from '../apps/apps.module.js';
import { BackupsModule } from '../backups/backups.module.js';
import { DestinationsModule } from '../destinations/destinations.module.js';
import { DiscoveryModule } from '../discovery/discovery.module.js';
import { DockerModule } from '../docker/docker.module.js';
import { ScheduleModule } from '../schedule/schedule.module.js';
import { ADMIN_PARTS } from './admin-parts.js';
import { EventsController } from './live/events.controller.js';
import { RunFeed } from './live/run-feed.js';
import { AppDetails } from './pages/app-details.js';
import { AppPage } from './pages/app.page.js';
import { AppsPage } from './pages/apps.page.js';
import { BackupsPage } from './pages/backups.page.js';
import { Overviews } from './pages/overviews.js';
import { Page } from './pages/page.js';
import { RunDetails } from './pages/run-details.js';
import { RunsPage } from './pages/runs.page.js';
import { staticFiles } from './static-files.js';

/** Pages and REST, with the services that they ask. */
@Module({
  imports: [AppsModule, BackupsModule, DestinationsModule, DiscoveryModule, DockerModule, ScheduleModule, staticFiles()],
  controllers: [...ADMIN_PARTS.controllers, AppsPage, AppPage, BackupsPage, EventsController, RunsPage],
  providers: [...ADMIN_PARTS.providers, AppDetails, Overviews, Page, RunDetails, RunFeed],
})
export class AdminModule {}
