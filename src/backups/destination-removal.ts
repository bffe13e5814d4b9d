import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { DestinationMoves } from '../destinations/destination-moves.js';
import { DestinationRefusal } from '../destinations/destination-refusal.js';
import { Destinations } from '../destinations/destination.js';
import { Backup } from './backup.entity.js';
import { Catalog } from './catalog.js';
import { DestinationFollowers, LYING_THERE } from './destination-followers.js';
import { removeCopy } from './prune-copies.js';

/** What becomes of the apps and backups of a destination that goes. */
export interface RemovalOrder {
  /** Apps that use it back up there instead; without it they refuse the removal. */
  reassignTo?: string | undefined;
  /** The backups stay where they lie and are only forgotten. */
  keepData?: boolean | undefined;
  /** The backups are deleted: the name of the destination, typed by a person. */
  deleteData?: string | undefined;
}

/** Takes a destination away together with everything that hangs on it. */
@Injectable()
export class DestinationRemoval {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly moves: DestinationMoves,
    private readonly catalog: Catalog,
    private readonly followers: DestinationFollowers,
    private readonly destinations: Destinations,
  ) {}

  /**
   * Only objects that are in the catalog are ever deleted. A deletion that fails stops: then the destination,
   * its apps and the copies that are left stay as they were.
   * @throws DestinationRefusal in-use, holds-backups, destination-unknown (`reassign_to`), value-invalid (`delete_data`)
   * @throws BackupFailure when the data can't be deleted
   */
  async remove(name: string, order: RemovalOrder): Promise<void> {
    await this.check(name, order);
    if (order.deleteData !== undefined) await this.deleteData(name);
    await this.moves.remove(name, async (tx) => {
      await this.followers.refuseRunning(name, tx);
      if (order.reassignTo !== undefined) await this.followers.reassign(name, order.reassignTo, tx);
      await this.forget(name, order.keepData === true, tx);
    });
  }

  private async check(name: string, order: RemovalOrder): Promise<void> {
    const { reassignTo, keepData, deleteData } = order;
    if (deleteData !== undefined && (deleteData !== name || keepData === true))
      throw new DestinationRefusal('value-invalid', 'delete_data');
    if (reassignTo !== undefined) {
      const others = (await this.destinations.names()).filter((view) => view.name !== name);
      if (!others.some((view) => view.name === reassignTo))
        throw new DestinationRefusal('destination-unknown', 'reassign_to');
    }
    await this.moves.refuseWrapped(name);
    await this.followers.refuseRunning(name, this.db.manager);
    const users = await this.followers.usersOf(name);
    if (users.length > 0 && reassignTo === undefined)
      throw new DestinationRefusal('in-use', 'name', users.join(', '));
    const copies = await this.followers.backupsAt(name);
    if (copies > 0 && deleteData === undefined && keepData !== true)
      throw new DestinationRefusal('holds-backups', 'name', String(copies));
  }

  private async deleteData(name: string): Promise<void> {
    const rows = await this.lyingThere(name, this.db.manager);
    if (rows.length === 0) return;
    for (const row of rows)
      await removeCopy(await this.destinations.byName(row.destination), row, { catalog: this.catalog });
  }

  /** A copy that can't be reached any more is not good; its row stays and says so. */
  private async forget(name: string, keepData: boolean, tx: EntityManager): Promise<void> {
    const rows = await this.lyingThere(name, tx);
    if (rows.length > 0 && !keepData)
      throw new DestinationRefusal('holds-backups', 'name', String(rows.length));
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await tx.getRepository(Backup).update({ id: In(ids) }, { state: 'missing' });
  }

  private async lyingThere(name: string, tx: EntityManager): Promise<Backup[]> {
    const destination = In(await this.followers.namesOf(name, tx));
    const where = { destination, state: In([...LYING_THERE]) };
    return tx.getRepository(Backup).find({ where, order: { createdAt: 'ASC', seq: 'ASC' } });
  }
}
