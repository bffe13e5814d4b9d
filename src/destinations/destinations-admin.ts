import { Injectable } from '@nestjs/common';
import { BackupFailure, asFailure } from '../core/failure.js';
import { Destinations } from './destination.js';
import { DestinationBook } from './destination-book.js';
import { DestinationDrafts } from './destination-drafts.js';
import type { Draft } from './destination-drafts.js';
import { checkNewName, checkPlace } from './destination-names.js';
import { DestinationRefusal } from './destination-refusal.js';
import { DestinationRow } from './destination.entity.js';
import type { DestinationOrigin } from './destination.entity.js';
import { editableRow } from './editable-row.js';
import { HostKeys } from './host-keys.js';
import { RcloneConfig } from './rclone-config.js';
import type { Section } from './rclone-config.js';
import type { RemoteOrder } from './remote-order.js';

/** A destination as a person orders it. */
export interface DestinationOrder extends RemoteOrder {
  name: string;
  folder: string;
}

/**
 * Makes and changes destinations. A change is tried under a passing name first (write, read back, delete), so that
 * what fails leaves rclone.conf, the row and the remote as they were.
 * Throws DestinationRefusal for what was ordered wrongly, BackupFailure for what the storage answered.
 */
@Injectable()
export class DestinationsAdmin {
  /** Names that are being given at this moment. */
  private readonly taken = new Set<string>();

  constructor(
    private readonly book: DestinationBook,
    private readonly drafts: DestinationDrafts,
    private readonly conf: RcloneConfig,
    private readonly hostKeys: HostKeys,
    private readonly destinations: Destinations,
  ) {}

  /** From a whole form: make, try, save. */
  async create(order: DestinationOrder, origin: DestinationOrigin = 'admin'): Promise<DestinationRow> {
    checkNewName(order.name);
    checkPlace(order.folder);
    const draft = await this.drafts.open(order);
    return this.save(draft.id, order.name, order.folder, origin).catch(async (error: unknown) => {
      await this.drafts.close(draft.id);
      throw error;
    });
  }

  /** From a draft that was filled in step by step; it is tried once more. A draft that could not be saved stays open. */
  async save(
    draftId: string,
    name: string,
    folder: string,
    origin: DestinationOrigin = 'admin',
  ): Promise<DestinationRow> {
    const place = checkPlace(folder);
    const draft = this.drafts.get(draftId);
    return this.naming(name, async () => {
      const undo = await this.drafts.try(draft.id, place);
      const row = this.book.fresh(name, draft.type, place, origin);
      try {
        await this.commit(row, draft);
      } catch (error) {
        await this.withdraw(row);
        await undo();
        throw error;
      }
      await this.drafts.close(draft.id, true);
      return row;
    });
  }

  /**
   * New options, another folder, or both. Options that are not named stay as they are.
   * @param change `hostKeys` only when the server has new ones; `over` only for alias and crypt
   */
  async update(
    name: string,
    change: Partial<Omit<RemoteOrder, 'type'>> & { folder?: string },
  ): Promise<DestinationRow> {
    const row = await editableRow(this.book, this.destinations, name);
    const before = await this.conf.section(name);
    if (before === null) throw new DestinationRefusal('destination-unknown', 'name');
    const place = checkPlace(change.folder ?? row.folder);
    const order: RemoteOrder = { ...change, type: row.type, options: change.options ?? {} };
    const hostKeys = change.hostKeys ?? row.hostKeys;
    const draft = await this.draftOf(order, hostKeys, before);
    try {
      const undo = await this.drafts.try(draft.id, place);
      const old = Object.assign(new DestinationRow(), row);
      try {
        // Another folder gets its own marker; the old one says nothing about it.
        await this.commit(Object.assign(row, { folder: place, markedAt: null }), draft);
      } catch (error) {
        await this.restore(Object.assign(row, old), before);
        await undo();
        throw error;
      }
    } finally {
      await this.drafts.close(draft.id, true);
    }
    return row;
  }

  /** Takes a remote that was made by hand into the database, as it is. */
  async adopt(name: string): Promise<DestinationRow> {
    const section = await this.conf.section(name);
    if (section === null) throw new DestinationRefusal('destination-unknown', 'name');
    // One that is out of order is adopted too: after that it can be put right here.
    await this.destinations.byName(name).catch((error: unknown) => {
      if (asFailure(error).code === 'destination-not-configured') throw error;
    });
    const found = await this.book.find(name);
    const row = found ?? this.book.fresh(name, section['type'] ?? '', '', 'adopted');
    row.origin = 'adopted';
    this.book.seal(row, section);
    return this.book.save(row);
  }

  /** Names of the folders in a folder of a destination. */
  async folders(name: string, folder: string): Promise<string[]> {
    const destination = await this.destinations.byName(name);
    return (await destination.folders(checkPlace(folder))).sort();
  }

  private draftOf(order: RemoteOrder, hostKeys: string | null, before: Section): Promise<Draft> {
    if (order.type === 'local') {
      const path = order.options['path'] ?? before['remote'] ?? '';
      return this.drafts.open({ ...order, options: { ...order.options, path } });
    }
    return this.drafts.open({ ...order, ...(hostKeys === null ? {} : { hostKeys }) }, before);
  }

  /** The row first: what is killed in between is finished from it at the next start. */
  private async commit(row: DestinationRow, draft: Draft): Promise<void> {
    const section = await this.conf.section(draft.id);
    if (section === null)
      throw new BackupFailure('destination-not-configured', { detail: 'the draft is gone' });
    row.hostKeys = draft.hostKeys;
    if (section['known_hosts_file'] !== undefined && draft.hostKeys !== null)
      section['known_hosts_file'] = await this.hostKeys.pin(row.name, draft.hostKeys);
    this.book.seal(row, section);
    await this.book.save(row);
    await this.conf.put(row.name, section);
  }

  private async withdraw(row: DestinationRow): Promise<void> {
    await this.book.remove(row).catch(() => undefined);
    await this.conf.remove(row.name).catch(() => undefined);
    await this.hostKeys.unpin(row.name);
  }

  private async restore(row: DestinationRow, before: Section): Promise<void> {
    if (row.hostKeys !== null) await this.hostKeys.pin(row.name, row.hostKeys);
    await this.book.save(row).catch(() => undefined);
    await this.conf.put(row.name, before).catch(() => undefined);
  }

  /** Runs `give` while nobody else may give that name. @throws DestinationRefusal name-invalid, name-taken */
  private async naming<T>(name: string, give: () => Promise<T>): Promise<T> {
    checkNewName(name);
    if (this.taken.has(name)) throw new DestinationRefusal('name-taken', 'name');
    this.taken.add(name);
    try {
      const views = await this.destinations.names();
      if (views.some((view) => view.name === name) || (await this.book.find(name)) !== null)
        throw new DestinationRefusal('name-taken', 'name');
      return await give();
    } finally {
      this.taken.delete(name);
    }
  }
}
