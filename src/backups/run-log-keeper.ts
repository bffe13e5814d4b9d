import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { messageOf } from '../core/failure.js';
import { RunLedger } from './run-ledger.js';

const DAY_MS = 86_400_000;

/** Once a day: log lines of runs that are older than wanted go; the runs themselves stay. */
@Injectable()
export class RunLogKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RunLogKeeper.name);
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly ledger: RunLedger,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.timer = setInterval(() => void this.tidy(), DAY_MS).unref();
    await this.tidy();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.ledger.log.flush();
  }

  /** Never rejects. */
  async tidy(): Promise<void> {
    try {
      await this.ledger.log.removeBefore(
        new Date(this.clock.now().getTime() - this.config.runLogDays * DAY_MS),
      );
    } catch (error) {
      this.logger.warn(`old log lines of runs could not be removed: ${messageOf(error)}`);
    }
  }
}
