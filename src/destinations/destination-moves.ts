import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Destinations } from './destination.js';
import { DestinationBook } from './destination-book.js';
import { checkNewName } from './destination-names.js';
import { DestinationRefusal } from './destination-refusal.js';
import { DestinationUses } from './destination-uses.js';
import { DestinationRow } from './destination.entity.js';
import { editableRow } from './editable-row.js';
import { HostKeys } from './host-keys.js';
import { RcloneConfig } from './rclone-config.js';
import type { Section } from './rclone-config.js';

/** Options whose values are remotes. */
const POINTERS = ['remote', 'remotes', 'upstreams'];

/** Gives destinations another name, and takes them away; what is stored there is never touched. */
@Injectable()
export class DestinationMoves {
  constructor(
    private readonly book: DestinationBook,
    private readonly conf: RcloneConfig,
    private readonly hostKeys: HostKeys,
    private readonly uses: DestinationUses,
    private readonly destinations: Destinations,
  ) {}

  /**
   * Apps, stored backups and destinations that lie over it follow, or nothing changes.
   * @throws DestinationRefusal name-invalid, name-taken, destination-unknown, set-elsewhere, in-use
   */
  async rename(name: string, to: string): Promise<DestinationRow> {
    checkNewName(to);
    const row = await editableRow(this.book, this.destinations, name);
    const section = await this.conf.section(name);
    if (section === null) throw new DestinationRefusal('set-elsewhere', 'name');
    // RCLONE_REMOTE names it, and would go on naming what is not there any more.
    if (name === this.destinations.defaultName)
      throw new DestinationRefusal('set-elsewhere', 'name', 'RCLONE_REMOTE');
    const views = await this.destinations.names();
    if (views.some((view) => view.name === to) || (await this.book.find(to)) !== null)
      throw new DestinationRefusal('name-taken', 'name');
    await this.uses.checkRename(name, to);
    const over = await this.pointers(name, to);
    try {
      const renamed = await this.giveSection(row, to, section);
      for (const { other, after } of over) await this.conf.put(other, after);
      await this.book.change(async (tx) => {
        await this.book.rename(renamed, to, tx);
        for (const { other, after } of over) await this.book.reseal(other, after, tx);
        await this.uses.renamed(name, to, tx);
      });
      await this.drop(name);
      return renamed;
    } catch (error) {
      for (const { other, before } of over) await this.conf.put(other, before).catch(() => undefined);
      await this.drop(to).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Forgets a destination and its credentials; what lies there stays.
   * @param letGo ends every use of it, in the transaction that removes it; without it, uses refuse
   * @throws DestinationRefusal in-use with the users in `detail`, holds-backups, destination-unknown, set-elsewhere
   */
  async remove(name: string, letGo?: (tx: EntityManager) => Promise<void>): Promise<void> {
    const row = await editableRow(this.book, this.destinations, name);
    await this.refuseWrapped(name);
    if (letGo === undefined) await this.refuseUsed(name);
    const section = await this.conf.section(name);
    await this.drop(name);
    try {
      await this.book.change(async (tx) => {
        await letGo?.(tx);
        await this.book.remove(row, tx);
      });
    } catch (error) {
      if (section !== null) await this.giveSection(row, name, section);
      throw error;
    }
  }

  /** @throws DestinationRefusal in-use while other destinations lie over it */
  async refuseWrapped(name: string): Promise<void> {
    const over = await this.wrappers(name);
    if (over.length > 0) throw new DestinationRefusal('in-use', 'name', over.join(', '));
  }

  private async refuseUsed(name: string): Promise<void> {
    const users = await this.uses.usersOf(name);
    if (users.length > 0) throw new DestinationRefusal('in-use', 'name', users.join(', '));
    const backups = await this.uses.backupsAt(name);
    if (backups > 0) throw new DestinationRefusal('holds-backups', 'name', String(backups));
  }

  /** @returns a row for that name with its section sealed; nothing is saved yet */
  private async giveSection(row: DestinationRow, to: string, section: Section): Promise<DestinationRow> {
    const moved = { ...section };
    if (row.hostKeys !== null) moved['known_hosts_file'] = await this.hostKeys.pin(to, row.hostKeys);
    await this.conf.put(to, moved);
    const renamed = Object.assign(new DestinationRow(), row);
    this.book.seal(renamed, moved);
    return renamed;
  }

  private async drop(name: string): Promise<void> {
    await this.conf.remove(name);
    await this.hostKeys.unpin(name);
  }

  /** Destinations that lie over this one (alias, crypt …). */
  private async wrappers(name: string): Promise<string[]> {
    const over: string[] = [];
    for (const other of await this.conf.remotes()) {
      const section = await this.conf.section(other);
      if (other !== name && refersTo(section, name)) over.push(other);
    }
    return over;
  }

  /** What the destinations over this one say now, and what they say when it has another name. */
  private async pointers(
    from: string,
    to: string,
  ): Promise<{ other: string; before: Section; after: Section }[]> {
    const found: { other: string; before: Section; after: Section }[] = [];
    for (const other of await this.wrappers(from)) {
      const before = await this.conf.section(other);
      if (before !== null) found.push({ other, before, after: pointedTo(before, from, to) });
    }
    return found;
  }
}

function pointedTo(section: Section, from: string, to: string): Section {
  const after = { ...section };
  for (const option of POINTERS) {
    const parts = section[option]
      ?.split(' ')
      .map((part) =>
        part.replace(/^((?:[\w-]+=)?)([^:]+):/, (whole, label: string, at: string) =>
          at === from ? `${label}${to}:` : whole,
        ),
      );
    if (parts !== undefined) after[option] = parts.join(' ');
  }
  return after;
}

function refersTo(section: Section | null, name: string): boolean {
  const values = POINTERS.map((option) => section?.[option] ?? '');
  return values.some((value) =>
    value.split(' ').some((part) => part.replace(/^[\w-]+=/, '').startsWith(`${name}:`)),
  );
}
