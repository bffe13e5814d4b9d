import { Module } from '@nestjs/common';
import { ScheduleModule as NestScheduleModule } from '@nestjs/schedule';
import { AppsModule } from '../apps/apps.module.js';
import { BackupsModule } from '../backups/backups.module.js';
import { DueLoop } from './due-loop.js';
import { OverdueService } from './overdue.service.js';
import { ScrubLoop } from './scrub-loop.js';

@Module({
  imports: [NestScheduleModule.forRoot(), AppsModule, BackupsModule],
  providers: [DueLoop, OverdueService, ScrubLoop],
  exports: [OverdueService],
})
export class ScheduleModule {}
