import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ChecksService } from '../backups/checks.service.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { messageOf } from '../core/failure.js';

const TICK_MS = 60_000;
const DAY_MS = 86_400_000;
const AT_ONCE = 20;

/** Reads every stored copy again in rotation, within a budget of bytes per day. */
@Injectable()
export class ScrubLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ScrubLoop.name);
  private readonly stop = new AbortController();
  private busy = true;
  private spent = { day: '', bytes: 0 };

  constructor(
    private readonly checks: ChecksService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** What became due while the agent was away is read now. */
  onApplicationBootstrap(): void {
    this.busy = false;
    void this.tick();
  }

  onModuleDestroy(): void {
    this.stop.abort('shutdown');
  }

  @Interval(TICK_MS)
  async tick(): Promise<void> {
    if (this.busy || this.config.scrubEveryMs === 0) return;
    this.busy = true;
    try {
      await this.pass();
    } catch (error) {
      this.logger.error(`stored copies could not be checked: ${messageOf(error)}`);
    } finally {
      this.busy = false;
    }
  }

  private async pass(): Promise<void> {
    const now = this.clock.now();
    const day = String(Math.floor(now.getTime() / DAY_MS));
    if (this.spent.day !== day) this.spent = { day, bytes: 0 };
    for (const backup of await this.checks.due(new Date(now.getTime() - this.config.scrubEveryMs), AT_ONCE)) {
      // A copy larger than the whole budget is still read: once a day, on its own.
      const isOver =
        this.spent.bytes > 0 && this.spent.bytes + backup.sizeBytes > this.config.scrubBytesPerDay;
      if (isOver || this.stop.signal.aborted) return;
      try {
        this.spent.bytes += (await this.checks.check(backup, this.stop.signal)).bytesRead;
      } catch (error) {
        // A destination that cannot be asked is not a copy that is gone: it stays due.
        this.logger.warn(`${backup.destination}:${backup.objectKey} was not checked: ${messageOf(error)}`);
      }
    }
  }
}
