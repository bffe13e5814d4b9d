import { Module } from '@nestjs/common';
import { ConfiguredDestinations } from './configured-destinations.js';
import { Destinations } from './destination.js';
import { RcloneDaemon } from './rclone-daemon.js';
import { RcloneRc } from './rclone-rc.js';

@Module({
  providers: [RcloneDaemon, RcloneRc, { provide: Destinations, useClass: ConfiguredDestinations }],
  exports: [Destinations, RcloneDaemon, RcloneRc],
})
export class DestinationsModule {}
