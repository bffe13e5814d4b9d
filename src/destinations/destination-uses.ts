import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Somebody who refers to destinations by name: apps' settings, stored backups. Upper layers register theirs. */
export interface DestinationUse {
  /** Names of the apps that back up there. */
  usersOf(name: string): Promise<string[]>;
  /** How many backups are known to lie there. */
  backupsAt(name: string): Promise<number>;
  /**
   * Before anything is changed: a transaction that is rolled back would take with it what others write meanwhile.
   * @throws DestinationRefusal when it can't follow now
   */
  checkRename(from: string, to: string): Promise<void>;
  /**
   * Follows a rename, all within the transaction that renames the destination.
   * @throws DestinationRefusal when it can't follow now
   */
  renamed(from: string, to: string, tx: EntityManager): Promise<void>;
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

  async backupsAt(name: string): Promise<number> {
    const counts = await Promise.all(this.uses.map((use) => use.backupsAt(name)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** @throws DestinationRefusal when somebody can't follow now */
  async checkRename(from: string, to: string): Promise<void> {
    for (const use of this.uses) await use.checkRename(from, to);
  }

  /** All follow, or none: the transaction decides. */
  async renamed(from: string, to: string, tx: EntityManager): Promise<void> {
    for (const use of this.uses) await use.renamed(from, to, tx);
  }
}
