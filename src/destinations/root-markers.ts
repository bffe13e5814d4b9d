import { Injectable } from '@nestjs/common';
import { DestinationBook } from './destination-book.js';
import { DestinationHealth } from './destination-health.js';
import { Destinations } from './destination.js';
import { DESTINATION_MARKER } from './look-at-destination.js';

/** The marker at the root of a destination, when a person says that the folder is the right one without it. */
@Injectable()
export class RootMarkers {
  constructor(
    private readonly book: DestinationBook,
    private readonly destinations: Destinations,
    private readonly health: DestinationHealth,
  ) {}

  /** Whether it was left there once and is gone. @throws BackupFailure when the destination cannot be asked */
  async isLost(name: string): Promise<boolean> {
    const row = await this.book.find(name);
    if (row === null || row.markedAt === null) return false;
    return (await (await this.destinations.byName(name)).stat(DESTINATION_MARKER)) === null;
  }

  /** Looks at the destination as for the first time: that leaves a new one. */
  async renew(name: string): Promise<void> {
    await this.book.note(await this.book.get(name), { markedAt: null });
    await this.health.check(name);
  }
}
