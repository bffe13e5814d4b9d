import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, Raw } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { AppDestinations } from '../apps/app-destinations.js';
import { DestinationRefusal } from '../destinations/destination-refusal.js';
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

  backupsAt(destination: string): Promise<number> {
    return this.db.getRepository(Backup).countBy({ destination, state: In([...LYING_THERE]) });
  }

  /** @throws DestinationRefusal in-use while a run sends there; name-taken when copies of an older `to` are known */
  async renamed(from: string, to: string, tx: EntityManager): Promise<void> {
    await this.refuseRunning(from, tx);
    if (await tx.getRepository(Backup).existsBy({ destination: to }))
      throw new DestinationRefusal(
        'name-taken',
        'name',
        'backups of an older destination of that name are known',
      );
    await this.apps.replace(from, to, tx);
    await tx.getRepository(Backup).update({ destination: from }, { destination: to });
    const runs = tx.getRepository(Run);
    const naming = Raw((column) => `${column} LIKE :text`, { text: `%"destination":"${from}"%` });
    for (const { id, plannedCopies } of await runs.findBy({ plannedCopies: naming })) {
      const copies = plannedCopies.map((copy) =>
        copy.destination === from ? { ...copy, destination: to } : copy,
      );
      await runs.update({ id }, { plannedCopies: copies });
    }
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
