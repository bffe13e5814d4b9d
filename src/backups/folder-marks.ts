import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { addAuditEntry } from '../apps/audit-entry.entity.js';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { DestinationRefusal } from '../destinations/destination-refusal.js';
import { Destinations } from '../destinations/destination.js';
import { DestinationContents } from './destination-contents.js';
import type { ContentFolder } from './destination-contents.js';
import { FolderOwners } from './folder-owners.js';

export interface MarkOrder {
  /** The destination, or the Drive folder of it. */
  destination: string;
  folder: string;
  /** A person says that the agent which the folder belongs to is gone for good. */
  takeOver: boolean;
  who: string;
}

/** The way out where a folder was deleted, or its agent is gone: a person says that the folder is ours. */
@Injectable()
export class FolderMarks {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly destinations: Destinations,
    private readonly contents: DestinationContents,
    private readonly owners: FolderOwners,
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
    const destination = await this.destinations.byName(order.destination);
    const place = `${destination.name}:${folder}`;
    if (before.owner !== null && !takeOver)
      throw new BackupFailure('destination-owned', { detail: `${place} belongs to agent ${before.owner}` });
    const at = this.clock.now();
    await this.owners.take(destination, folder, at);
    const action = before.owner === null ? 'destination-marked' : 'destination-taken-over';
    const note = { who, action, subject: place, before: before.owner } as const;
    await addAuditEntry(this.db.manager, at, note);
    return { ...before, state: 'ours', owner: null };
  }
}
