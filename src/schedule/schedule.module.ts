import { Module } from '@nestjs/common';
import { ScheduleModule as NestScheduleModule } from '@nestjs/schedule';
import { AppsModule } from '../apps/apps.module.js';
import { BackupsModule } from '../backups/backups.module.js';
import { DueLoop } from './due-loop.js';
import { ScrubLoop } from './scrub-loop.js';

@Module({
  imports: [NestScheduleModule.forRoot(), AppsModule, BackupsModule],
  providers: [DueLoop, ScrubLoop],
})
export class ScheduleModule {}
