import { Injectable } from '@nestjs/common';

/** Somebody who refers to destinations by name: apps' settings, stored backups. Upper layers register theirs. */
export interface DestinationUse {
  /** For people: which apps (or what else) use it now. */
  usersOf(name: string): Promise<string[]>;
  /** Follows a rename; called again with the names swapped when a later step fails. */
  renamed(from: string, to: string): Promise<void>;
}

/** Who must be asked before a destination goes, and told when its name changes. */
@Injectable()
export class DestinationUses {
  private readonly uses: DestinationUse[] = [];

  add(use: DestinationUse): void {
    this.uses.push(use);
  }

  async usersOf(name: string): Promise<string[]> {
    const lists = await Promise.all(this.uses.map((use) => use.usersOf(name)));
    return [...new Set(lists.flat())];
  }

  /** All follow, or none. */
  async renamed(from: string, to: string): Promise<void> {
    const told: DestinationUse[] = [];
    try {
      for (const use of this.uses) {
        told.unshift(use);
        await use.renamed(from, to);
      }
    } catch (error) {
      for (const use of told) await use.renamed(to, from);
      throw error;
    }
  }
}
