import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { messageOf } from '../core/failure.js';
import { copyDatabase, newestCopyMs } from './copy-database.js';

const TICK_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Keeps a copy of the SQLite file of each of the last days beside it. PostgreSQL is backed up by its own means. */
@Injectable()
export class DatabaseCopies implements OnApplicationBootstrap {
  private readonly logger = new Logger('Database');

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.tick();
  }

  @Interval(TICK_MS)
  tick(): void {
    const { dataDir, databaseUrl } = this.config;
    if (databaseUrl !== null) return;
    try {
      const now = this.clock.now();
      const newest = newestCopyMs(dataDir, 'daily');
      if (newest !== null && Math.abs(now.getTime() - newest) < DAY_MS) return;
      copyDatabase(dataDir, 'daily', now.toISOString().slice(0, 10));
    } catch (error) {
      this.logger.error(`the database was not copied: ${messageOf(error)}`);
    }
  }
}
