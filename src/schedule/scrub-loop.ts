import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Backup } from '../backups/backup.entity.js';
import { ChecksService } from '../backups/checks.service.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { asFailure, messageOf } from '../core/failure.js';
import type { BackupFailure } from '../core/failure.js';
import { PutOff } from './put-off.js';

const TICK_MS = 60_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const AT_ONCE = 20;
/** What keeps all copies of a destination from being read; `-changed` is told of one folder, `-error` of one object too. */
const WHOLE = /^(rclone-|destination-(?!changed$|error$))/;

/** Reads every stored copy again in rotation, within a budget of bytes per day. */
@Injectable()
export class ScrubLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ScrubLoop.name);
  private readonly stop = new AbortController();
  private busy = true;
  private spent = { day: '', bytes: 0 };
  private readonly copies = new PutOff(HOUR_MS);
  private readonly destinations = new PutOff(HOUR_MS);

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
    const before = new Date(now.getTime() - this.config.scrubEveryMs);
    const nowMs = this.clock.monotonicMs();
    const without = { ids: this.copies.at(nowMs), destinations: this.destinations.at(nowMs) };
    for (const backup of await this.checks.due(before, AT_ONCE, without)) {
      if (this.destinations.has(backup.destination)) continue;
      // A copy larger than the whole budget is still read: once a day, on its own.
      const isOver =
        this.spent.bytes > 0 && this.spent.bytes + backup.sizeBytes > this.config.scrubBytesPerDay;
      if (isOver || this.isStopped()) return;
      try {
        this.spent.bytes += (await this.checks.check(backup, this.stop.signal)).bytesRead;
      } catch (error) {
        if (this.isStopped()) return;
        this.putOff(backup, asFailure(error));
      }
    }
  }

  /** A destination that cannot be asked is not a copy that is gone: it stays due, and lets others have their turn. */
  private putOff({ id, destination, objectKey }: Backup, failure: BackupFailure): void {
    const ofAll = WHOLE.test(failure.code);
    if (ofAll) this.destinations.add(destination, this.clock.monotonicMs());
    else this.copies.add(id, this.clock.monotonicMs());
    const what = ofAll ? `the copies at ${destination}` : `${destination}:${objectKey}`;
    this.logger.warn(`${what} can't be checked and will be tried again in an hour: ${messageOf(failure)}`);
  }

  private isStopped(): boolean {
    return this.stop.signal.aborted;
  }
}
