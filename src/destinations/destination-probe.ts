import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { ConfigKeeper } from './config-keeper.js';
import { Destinations } from './destination.js';
import type { Destination } from './destination.js';
import { placeOf } from './destination-folders.js';
import type { DestinationRow } from './destination.entity.js';
import { lookAtDestination, spaceAt } from './look-at-destination.js';
import type { LookedAt } from './look-at-destination.js';
import { RcloneConfig } from './rclone-config.js';
import { RcloneRc } from './rclone-rc.js';
import { TRIES } from './try-destination.js';

/** One look at one destination, with its remote put back first if rclone.conf has lost it. */
@Injectable()
export class DestinationProbe {
  constructor(
    private readonly config: AppConfig,
    private readonly destinations: Destinations,
    private readonly keeper: ConfigKeeper,
    private readonly conf: RcloneConfig,
    private readonly rc: RcloneRc,
    private readonly clock: Clock,
  ) {}

  /** @throws BackupFailure with what is wrong */
  async look(row: DestinationRow): Promise<LookedAt> {
    const open = async (): Promise<Destination> => {
      await this.rc.fsInfo(await this.placeOf(row), TRIES);
      return this.destinations.byName(row.name);
    };
    const destination = await open().catch(async (error: unknown) => {
      if (
        !(error instanceof BackupFailure) ||
        error.code !== 'destination-not-configured' ||
        row.sealedConfig === null
      )
        throw error;
      await this.keeper.restore(row);
      return open();
    });
    const fs = await this.placeOf(row);
    const { Root, Features } = await this.rc.fsInfo(fs);
    const order = {
      id: row.id,
      now: this.clock.now(),
      isMarked: row.markedAt !== null,
      isRootOfBuckets: Features.BucketBased === true && Root === '',
      warnPercent: this.config.freeWarnPercent,
    };
    const looked = await lookAtDestination(destination, order, () => spaceAt(this.conf, fs));
    await this.keeper.refreshCopy(row);
    return looked;
  }

  private async placeOf(row: DestinationRow): Promise<string> {
    const view = (await this.destinations.names()).find(({ name }) => name === row.name);
    return view === undefined || view.kind === 'rclone' ? placeOf(row.name, row.folder) : view.place;
  }
}
