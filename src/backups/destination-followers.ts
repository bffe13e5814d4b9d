import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, Raw } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { AppDestinations } from '../apps/app-destinations.js';
import { DestinationRefusal } from '../destinations/destination-refusal.js';
import { wholeName } from '../destinations/drive-root.js';
import { DestinationUses } from '../destinations/destination-uses.js';
import type { DestinationUse } from '../destinations/destination-uses.js';
import { Backup } from './backup.entity.js';
import type { BackupState } from './backup.entity.js';
import { Run } from './run.entity.js';

/** Copies whose objects are believed to be there. */
export const LYING_THERE: readonly BackupState[] = ['verified', 'suspicious', 'corrupt', 'deleting'];

/** Apps, stored backups and runs name destinations; they follow a rename, and hold up a removal. */
@Injectable()
export class DestinationFollowers implements DestinationUse, OnModuleInit {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly uses: DestinationUses,
    private readonly apps: AppDestinations,
  ) {}

  onModuleInit(): void {
    this.uses.add(this);
  }

  async usersOf(name: string): Promise<string[]> {
    return (await this.apps.of(name)).map((app) => app.name);
  }

  async backupsAt(name: string): Promise<number> {
    const destination = In(await this.namesOf(name, this.db.manager));
    return this.db.getRepository(Backup).countBy({ destination, state: In([...LYING_THERE]) });
  }

  /** The destination, and the folders of it that copies are known by. */
  async namesOf(name: string, tx: EntityManager): Promise<string[]> {
    const rows = await tx
      .getRepository(Backup)
      .createQueryBuilder('backup')
      .select('DISTINCT backup.destination', 'destination')
      .getRawMany<{ destination: string }>();
    return rows.map(({ destination }) => destination).filter((known) => wholeName(known) === name);
  }

  checkRename(from: string, to: string): Promise<void> {
    return this.refuseRename(from, to, this.db.manager);
  }

  async renamed(from: string, to: string, tx: EntityManager): Promise<void> {
    await this.refuseRename(from, to, tx);
    await this.apps.replace(from, to, tx);
    const following = (name: string): string =>
      wholeName(name) === from ? `${to}${name.slice(from.length)}` : name;
    for (const destination of await this.namesOf(from, tx))
      await tx.getRepository(Backup).update({ destination }, { destination: following(destination) });
    const runs = tx.getRepository(Run);
    const naming = Raw((column) => `${column} LIKE :text`, { text: `%"destination":"${from}%` });
    for (const { id, plannedCopies } of await runs.findBy({ plannedCopies: naming })) {
      const copies = plannedCopies.map((copy) => ({ ...copy, destination: following(copy.destination) }));
      await runs.update({ id }, { plannedCopies: copies });
    }
  }

  /** @throws DestinationRefusal in-use while a run sends there; name-taken when copies of an older `to` are known */
  private async refuseRename(from: string, to: string, tx: EntityManager): Promise<void> {
    await this.refuseRunning(from, tx);
    if ((await this.namesOf(to, tx)).length > 0)
      throw new DestinationRefusal(
        'name-taken',
        'name',
        'backups of an older destination of that name are known',
      );
  }

  /** Every app that backs up to `from` does so to `to` from now on; copies stay where they are. */
  reassign(from: string, to: string, tx: EntityManager): Promise<void> {
    return this.apps.replace(from, to, tx);
  }

  /** A run that is under way goes on with the names it began with. @throws DestinationRefusal in-use */
  async refuseRunning(destination: string, tx: EntityManager): Promise<void> {
    const running = new Set(
      (await tx.getRepository(Run).findBy({ state: 'running' })).map((run) => run.appId),
    );
    const sending = (await this.apps.of(destination)).filter((app) => running.has(app.id));
    if (sending.length > 0)
      throw new DestinationRefusal('in-use', 'name', `running: ${sending.map((app) => app.name).join(', ')}`);
  }
}
