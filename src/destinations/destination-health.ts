import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { BackupFailure, asFailure } from '../core/failure.js';
import type { FailureCode } from '../core/failure.js';
import { Destinations } from './destination.js';
import { DestinationBook } from './destination-book.js';
import type { DestinationRow } from './destination.entity.js';
import { DestinationProbe } from './destination-probe.js';
import { DESTINATION_MARKER, healthFrom } from './look-at-destination.js';
import type { LookedAt } from './look-at-destination.js';

const TICK_MS = 60_000;
/** A look that took this long is one that waited for an answer in vain; it is not repeated for every run. */
const LONG_LOOK_MS = 5000;
const REST_AFTER_LONG_LOOK = 3;

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
  /** How long the last look took, in milliseconds. */
  private readonly took = new Map<string, number>();
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

  /** Looks only if the last look is too old. */
  async checkIfStale(name: string): Promise<DestinationRow> {
    const row = await this.book.find(name);
    return row !== null && !this.isStale(row) ? row : this.check(name);
  }

  /**
   * Before a run: a destination that was well not long ago costs it nothing; one that was not is looked at again. Where
   * that takes long (no answer at all), runs that follow each other share a look instead of waiting for one each.
   * @returns why nothing can be sent there now; null = it is worth trying
   */
  async forRun(name: string): Promise<BackupFailure | null> {
    try {
      const known = await this.checkIfStale(name);
      const row = (await this.mustLookAgain(known)) ? await this.check(name) : known;
      if (row.healthCode === null || !preventsRuns(row)) return null;
      return new BackupFailure(row.healthCode, { detail: row.healthDetail ?? '' });
    } catch (error) {
      return asFailure(error);
    }
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
    const began = this.clock.now().getTime();
    const result: LookedAt | BackupFailure = await this.probe.look(row).catch(asFailure);
    const now = this.clock.now();
    this.took.set(name, now.getTime() - began);
    await this.book.note(row, healthFrom(row, result, now));
    if (row.healthState !== before) await this.tell(row, before);
    return row;
  }

  private async tell(row: DestinationRow, before: DestinationRow['healthState']): Promise<void> {
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

  private async mustLookAgain(row: DestinationRow): Promise<boolean> {
    // Our own rclone was not there: that says nothing of the destination, and the probe may have been left.
    if (row.healthCode === 'rclone-unavailable') return true;
    const took = this.took.get(row.name) ?? 0;
    if (preventsRuns(row)) return took < LONG_LOOK_MS || this.ageMs(row) >= REST_AFTER_LONG_LOOK * took;
    // A disk is unmounted at any moment, and looking for one file of it costs nothing.
    if (row.type !== 'local' || row.markedAt === null) return false;
    return (await (await this.destinations.byName(row.name)).stat(DESTINATION_MARKER)) === null;
  }

  private isStale(row: DestinationRow | null): boolean {
    return row === null || this.ageMs(row) >= this.config.destinationCheckMs;
  }

  private ageMs(row: DestinationRow): number {
    return row.checkedAt === null ? Infinity : this.clock.now().getTime() - row.checkedAt.getTime();
  }
}

/**
 * A small probe that failed for another reason (too many requests, say) is no proof that a backup would fail. Nor is
 * being refused at the root of a remote that we did not set up: its apps may have folders of their own.
 */
function preventsRuns(row: DestinationRow): boolean {
  if (row.healthState !== 'failing' && row.healthState !== 'needs-authorisation') return false;
  if (row.healthCode === 'destination-auth') return row.origin !== 'found';
  return row.healthCode !== null && CERTAIN.has(row.healthCode);
}

const CERTAIN: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'destination-changed',
  'destination-daily-limit',
  'destination-expired',
  'destination-full',
  'destination-host-key',
  'destination-not-configured',
  'destination-unreachable',
]);
