import { Module } from '@nestjs/common';
import { AppsModule } from '../apps/apps.module.js';
import { BackupsModule } from '../backups/backups.module.js';
import { DestinationsModule } from '../destinations/destinations.module.js';
import { DiscoveryModule } from '../discovery/discovery.module.js';
import { DockerModule } from '../docker/docker.module.js';
import { ScheduleModule } from '../schedule/schedule.module.js';
import { ADMIN_PARTS } from './admin-parts.js';
import { staticFiles } from './static-files.js';

/** Pages and REST, with the services that they ask. */
@Module({
  imports: [
    AppsModule,
    BackupsModule,
    DestinationsModule,
    DiscoveryModule,
    DockerModule,
    ScheduleModule,
    staticFiles(),
  ],
  ...ADMIN_PARTS,
})
export class AdminModule {}
