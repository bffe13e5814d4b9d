import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConfigKeeper } from './config-keeper.js';
import { ConfigQuestions } from './config-questions.js';
import { ConfiguredDestinations } from './configured-destinations.js';
import { Destinations } from './destination.js';
import { DestinationBook } from './destination-book.js';
import { DestinationDrafts } from './destination-drafts.js';
import { DestinationFolders } from './destination-folders.js';
import { DestinationHealth } from './destination-health.js';
import { DestinationList } from './destination-list.js';
import { DestinationMoves } from './destination-moves.js';
import { DestinationProbe } from './destination-probe.js';
import { DestinationRow } from './destination.entity.js';
import { DestinationStart } from './destination-start.js';
import { DestinationUses } from './destination-uses.js';
import { DestinationsAdmin } from './destinations-admin.js';
import { DestinationVisits } from './destination-visits.js';
import { EncryptDestination } from './encrypt-destination.js';
import { HostKeys } from './host-keys.js';
import { RcloneConfig } from './rclone-config.js';
import { RcloneDaemon } from './rclone-daemon.js';
import { RcloneRc } from './rclone-rc.js';
import { RootMarkers } from './root-markers.js';
import { SharedDriveFolder } from './shared-drive-folder.js';

/** For the wizard's pages and API. */
const SERVICES = [
  ConfigQuestions,
  DestinationDrafts,
  DestinationHealth,
  DestinationList,
  DestinationMoves,
  DestinationsAdmin,
  DestinationUses,
  DestinationVisits,
  EncryptDestination,
  HostKeys,
  RootMarkers,
  SharedDriveFolder,
];

@Module({
  imports: [TypeOrmModule.forFeature([DestinationRow])],
  providers: [
    RcloneDaemon,
    RcloneRc,
    RcloneConfig,
    DestinationFolders,
    DestinationBook,
    ConfigKeeper,
    DestinationProbe,
    DestinationStart,
    { provide: Destinations, useClass: ConfiguredDestinations },
    ...SERVICES,
  ],
  exports: [Destinations, RcloneDaemon, RcloneRc, ...SERVICES],
})
export class DestinationsModule {}
