import { Injectable } from '@nestjs/common';
import { Destinations } from './destination.js';
import { DestinationBook } from './destination-book.js';
import { checkNewName } from './destination-names.js';
import { DestinationRefusal } from './destination-refusal.js';
import { DestinationUses } from './destination-uses.js';
import { DestinationRow } from './destination.entity.js';
import { HostKeys } from './host-keys.js';
import { RcloneConfig } from './rclone-config.js';
import type { Section } from './rclone-config.js';

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
   * Apps and stored backups follow. When one of them can't, the old name is back everywhere.
   * @throws DestinationRefusal name-invalid, name-taken, destination-unknown, set-elsewhere
   */
  async rename(name: string, to: string): Promise<DestinationRow> {
    checkNewName(to);
    const row = await this.book.get(name);
    const section = await this.conf.section(name);
    if (row.sealedConfig === null || section === null) throw new DestinationRefusal('set-elsewhere', 'name');
    if (
      (await this.destinations.names()).some((view) => view.name === to) ||
      (await this.book.find(to)) !== null
    )
      throw new DestinationRefusal('name-taken', 'name');
    const before = Object.assign(new DestinationRow(), row);
    try {
      await this.give(row, to, section);
      await this.uses.renamed(name, to);
      await this.pointers(name, to);
    } catch (error) {
      await this.book.rename(Object.assign(row, before, { name: to }), name).catch(() => undefined);
      await this.giveSection(row, name, section).catch(() => undefined);
      await this.drop(to);
      throw error;
    }
    await this.drop(name);
    return row;
  }

  /**
   * Forgets a destination and its credentials; the backups stay where they lie.
   * @throws DestinationRefusal in-use with the users in `detail`, destination-unknown, set-elsewhere
   */
  async remove(name: string): Promise<void> {
    const row = await this.book.get(name);
    if (row.sealedConfig === null) throw new DestinationRefusal('set-elsewhere', 'name');
    const users = [...(await this.uses.usersOf(name)), ...(await this.wrappers(name))];
    if (users.length > 0) throw new DestinationRefusal('in-use', 'name', users.join(', '));
    const section = await this.conf.section(name);
    await this.drop(name);
    try {
      await this.book.remove(row);
    } catch (error) {
      if (section !== null) await this.giveSection(row, name, section);
      throw error;
    }
  }

  private async give(row: DestinationRow, to: string, section: Section): Promise<void> {
    await this.giveSection(row, to, section);
    await this.book.rename(row, to);
  }

  private async giveSection(row: DestinationRow, to: string, section: Section): Promise<void> {
    const moved = { ...section };
    if (row.hostKeys !== null) moved['known_hosts_file'] = await this.hostKeys.pin(to, row.hostKeys);
    await this.conf.put(to, moved);
    this.book.seal(row, moved);
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

  private async pointers(from: string, to: string): Promise<void> {
    for (const other of await this.wrappers(from)) {
      const section = await this.conf.section(other);
      if (section === null) continue;
      for (const option of ['remote', 'remotes', 'upstreams']) {
        const value = section[option];
        if (value !== undefined)
          section[option] = value
            .split(' ')
            .map((part) =>
              part.replace(/^((?:[\w-]+=)?)([^:]+):/, (whole, label: string, at: string) =>
                at === from ? `${label}${to}:` : whole,
              ),
            )
            .join(' ');
      }
      await this.conf.put(other, section);
      const row = await this.book.find(other);
      if (row?.sealedConfig === undefined || row.sealedConfig === null) continue;
      this.book.seal(row, section);
      await this.book.save(row);
    }
  }
}

function refersTo(section: Section | null, name: string): boolean {
  const values = ['remote', 'remotes', 'upstreams'].map((option) => section?.[option] ?? '');
  return values.some((value) =>
    value.split(' ').some((part) => part.replace(/^[\w-]+=/, '').startsWith(`${name}:`)),
  );
}
