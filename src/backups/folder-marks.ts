import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { addAuditEntry } from '../apps/audit-entry.entity.js';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { DestinationRefusal } from '../destinations/destination-refusal.js';
import { Destinations } from '../destinations/destination.js';
import { RootMarkers } from '../destinations/root-markers.js';
import { DestinationContents } from './destination-contents.js';
import type { ContentFolder } from './destination-contents.js';
import { FolderOwners } from './folder-owners.js';

export interface MarkOrder {
  /** The destination, or the Drive folder of it. */
  destination: string;
  /** Empty: its root. */
  folder: string;
  /** A person says that the agent which the folder belongs to is gone for good. */
  takeOver: boolean;
  who: string;
}

/** Where markers are left: in folders, and at the root of a destination. */
@Injectable()
export class MarkedPlaces {
  constructor(
    private readonly destinations: Destinations,
    private readonly owners: FolderOwners,
    @Inject(RootMarkers) private readonly roots: Pick<RootMarkers, 'renew'>,
  ) {}

  async take({ destination, folder }: Pick<MarkOrder, 'destination' | 'folder'>, at: Date): Promise<void> {
    if (folder === '') await this.roots.renew(destination);
    else await this.owners.take(await this.destinations.byName(destination), folder, at);
  }
}

/** The way out where a folder was deleted, or its agent is gone: a person says that the folder is ours. */
@Injectable()
export class FolderMarks {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly contents: DestinationContents,
    private readonly places: MarkedPlaces,
    private readonly clock: Clock,
  ) {}

  /**
   * A folder that is ours stays as it is.
   * @param name of the whole destination
   * @throws BackupFailure destination-owned without `takeOver`; DestinationRefusal for a folder that nobody uses
   */
  async mark(name: string, order: MarkOrder, signal: AbortSignal): Promise<ContentFolder> {
    const { folder, takeOver, who } = order;
    const before = await this.contents.folder(name, order, signal);
    if (before === null) throw new DestinationRefusal('folder-unknown', 'folder', folder);
    if (before.state === 'ours') return before;
    const place = `${order.destination}:${folder}`;
    if (before.owner !== null && !takeOver)
      throw new BackupFailure('destination-owned', { detail: `${place} belongs to agent ${before.owner}` });
    const at = this.clock.now();
    await this.places.take(order, at);
    const action = before.owner === null ? 'destination-marked' : 'destination-taken-over';
    const note = { who, action, subject: place, before: before.owner } as const;
    await addAuditEntry(this.db.manager, at, note);
    return { ...before, state: 'ours', owner: null };
  }
}
