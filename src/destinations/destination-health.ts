import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { asFailure } from '../core/failure.js';
import type { BackupFailure } from '../core/failure.js';
import { Destinations } from './destination.js';
import { DestinationBook } from './destination-book.js';
import type { DestinationRow } from './destination.entity.js';
import { DestinationProbe } from './destination-probe.js';
import { healthFrom } from './look-at-destination.js';
import type { LookedAt } from './look-at-destination.js';

const TICK_MS = 60_000;

/** Told when the health of a destination changed; alerts and the live feed register here. */
export type HealthListener = (
  row: DestinationRow,
  before: DestinationRow['healthState'],
) => Promise<void> | void;

/** Watches every destination for life: hourly by default, at most once at a time for each. */
@Injectable()
export class DestinationHealth {
  private readonly logger = new Logger('destinations');
  private readonly looking = new Map<string, Promise<DestinationRow>>();
  private readonly listeners: HealthListener[] = [];

  constructor(
    private readonly config: AppConfig,
    private readonly book: DestinationBook,
    private readonly destinations: Destinations,
    private readonly probe: DestinationProbe,
    private readonly clock: Clock,
  ) {}

  onChange(listener: HealthListener): void {
    this.listeners.push(listener);
  }

  /** Looks at what was not looked at for `DESTINATION_CHECK_EVERY_S`, one after the other. */
  @Interval(TICK_MS)
  async tick(): Promise<void> {
    for (const { name } of await this.destinations.names().catch(() => [])) {
      const row = await this.book.find(name);
      if (this.isStale(row))
        await this.check(name).catch((error: unknown) => this.logger.warn(asFailure(error).message));
    }
  }

  /** Before a run: looks only if the last look is too old. */
  async checkIfStale(name: string): Promise<DestinationRow> {
    const row = await this.book.find(name);
    return row !== null && !this.isStale(row) ? row : this.check(name);
  }

  /**
   * Looks now: reachable, authorised, marker, writable, space. What is found is on the row, not thrown.
   * @throws destination-not-configured for a name that nothing has
   */
  async check(name: string): Promise<DestinationRow> {
    const running = this.looking.get(name);
    if (running !== undefined) return running;
    const look = this.look(name).finally(() => this.looking.delete(name));
    this.looking.set(name, look);
    return look;
  }

  private async look(name: string): Promise<DestinationRow> {
    const row = (await this.book.find(name)) ?? (await this.firstSight(name));
    const before = row.healthState;
    const result: LookedAt | BackupFailure = await this.probe.look(row).catch(asFailure);
    await this.book.note(row, healthFrom(row, result, this.clock.now()));
    if (row.healthState !== before) await this.tell(row, before);
    return row;
  }

  private async tell(row: DestinationRow, before: DestinationRow['healthState']): Promise<void> {
    if (row.healthState !== 'ok')
      this.logger.warn(`${row.name}: ${row.healthState} (${row.healthCode ?? ''})`);
    for (const listener of this.listeners) {
      try {
        await listener(row, before);
      } catch (error) {
        this.logger.warn(asFailure(error).message);
      }
    }
  }

  /** Something that was there without us: it gets a row for its health. */
  private async firstSight(name: string): Promise<DestinationRow> {
    const view = (await this.destinations.names()).find((one) => one.name === name);
    // Says that there is none of that name.
    if (view === undefined) await this.destinations.byName(name);
    const type = view?.kind === 'rclone' ? view.place : 'local';
    return this.book.save(this.book.fresh(name, type, '', 'found'));
  }

  private isStale(row: DestinationRow | null): boolean {
    if (row?.checkedAt === null || row?.checkedAt === undefined) return true;
    return this.clock.now().getTime() - row.checkedAt.getTime() >= this.config.destinationCheckMs;
  }
}
