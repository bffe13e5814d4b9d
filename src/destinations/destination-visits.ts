import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { Destinations } from './destination.js';
import type { Destination } from './destination.js';
import { DestinationBook } from './destination-book.js';
import { placeOf } from './destination-folders.js';
import { checkPlace } from './destination-names.js';
import { DestinationRefusal } from './destination-refusal.js';
import { makeLocalFolder } from './local-places.js';
import { RcloneConfig } from './rclone-config.js';
import { freshProbe, tryDestination } from './try-destination.js';

/** Short looks at a destination that is there, for people who set something up. */
@Injectable()
export class DestinationVisits {
  constructor(
    private readonly config: AppConfig,
    private readonly destinations: Destinations,
    private readonly book: DestinationBook,
    private readonly conf: RcloneConfig,
    private readonly clock: Clock,
  ) {}

  /** @throws DestinationRefusal destination-unknown */
  async known(name: string): Promise<void> {
    const views = await this.destinations.names();
    if (!views.some((view) => view.name === name)) await this.book.get(name);
  }

  /** Writes, reads back and deletes a small object. @throws DestinationRefusal destination-unknown; BackupFailure */
  async test(name: string): Promise<void> {
    await tryDestination(await this.open(name), freshProbe(this.clock.now()));
  }

  /** Names of the folders in a folder. @throws DestinationRefusal; BackupFailure */
  async folders(name: string, path: string): Promise<string[]> {
    const place = checkPlace(path);
    return (await (await this.open(name)).folders(place)).sort();
  }

  /** Makes a folder where it is missing. @throws DestinationRefusal; BackupFailure */
  async makeFolder(name: string, path: string): Promise<void> {
    const place = checkPlace(path, 'path');
    if (place === '' || place.startsWith('/')) throw new DestinationRefusal('folder-invalid', 'path');
    await this.open(name);
    const local = await this.localRoot(name);
    if (local !== null) await makeLocalFolder(this.config, join(local, place));
    else {
      const folder = (await this.book.find(name))?.folder ?? '';
      await this.conf.makeFolder(`${placeOf(name, folder)}${place}`);
    }
  }

  private async open(name: string): Promise<Destination> {
    await this.known(name);
    return this.destinations.byName(name);
  }

  /** Where links could lead elsewhere, so that they are followed and judged first. */
  private async localRoot(name: string): Promise<string | null> {
    const view = (await this.destinations.names()).find((one) => one.name === name);
    if (view !== undefined && view.kind !== 'rclone') return view.place;
    if ((await this.book.find(name))?.type !== 'local') return null;
    return (await this.conf.section(name))?.['remote'] ?? null;
  }
}
