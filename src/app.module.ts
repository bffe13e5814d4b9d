import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import { Session } from './admin/auth/session.entity.js';
import { AppOverride } from './apps/app-override.entity.js';
import { App } from './apps/app.entity.js';
import { AuditEntry } from './apps/audit-entry.entity.js';
import { Secret, SecretGrant } from './apps/secret.entity.js';
import { Backup } from './backups/backup.entity.js';
import { BackupsModule } from './backups/backups.module.js';
import { RunLogLine } from './backups/run-log.entity.js';
import { Run, RunStep } from './backups/run.entity.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { CoreModule } from './core/core.module.js';
import type { LogBuffer } from './core/log-buffer.js';
import { DatabaseModule } from './db/database.module.js';
import type { OpenDatabase } from './db/open-database.js';
import { DestinationRow } from './destinations/destination.entity.js';
import { DiscoveryModule } from './discovery/discovery.module.js';
import { ScheduleModule } from './schedule/schedule.module.js';

/** The only file that names every module and every table. */
@Module({})
export class AppModule {
  static of(config: AppConfig, database: OpenDatabase, log: LogBuffer): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.of(config),
        CoreModule.with(log),
        DatabaseModule.of(database),
        BackupsModule,
        DiscoveryModule,
        ScheduleModule,
        AdminModule,
      ],
    };
  }
}

export const ENTITIES = [
  App, AppOverride, AuditEntry, Backup, DestinationRow, Run, RunLogLine, RunStep, Secret, SecretGrant, Session,
]; // prettier-ignore
