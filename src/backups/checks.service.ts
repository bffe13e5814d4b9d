import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, IsNull, LessThan, Not } from 'typeorm';
import { Clock } from '../core/clock.js';
import { BackupFailure, asFailure } from '../core/failure.js';
import { Destinations } from '../destinations/destination.js';
import { Backup } from './backup.entity.js';
import type { BackupState } from './backup.entity.js';
import { checkCopy } from './check-copy.js';
import type { CopyCheck } from './check-copy.js';

/** Copies that may be read again; a missing one may have come back with its disk. */
const CHECKABLE: readonly BackupState[] = ['verified', 'suspicious', 'corrupt', 'missing'];

interface Without {
  ids: readonly string[];
  destinations: readonly string[];
}

/** Re-reads stored copies and writes down what became of them. */
@Injectable()
export class ChecksService {
  private readonly logger = new Logger(ChecksService.name);

  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
  ) {}

  /** Copies that nobody has read since `before`, the longest unread first; without some copies and destinations. */
  due(before: Date, limit: number, without: Without = { ids: [], destinations: [] }): Promise<Backup[]> {
    const may = {
      state: In([...CHECKABLE]),
      id: Not(In([...without.ids])),
      destination: Not(In([...without.destinations])),
    };
    const where = [
      { ...may, checkedAt: IsNull(), createdAt: LessThan(before) },
      { ...may, checkedAt: LessThan(before) },
    ];
    return this.db
      .getRepository(Backup)
      .find({ where, order: { checkedAt: 'ASC', createdAt: 'ASC' }, take: limit });
  }

  /** @throws copy-missing when it was deleted; BackupFailure when the destination cannot be asked: then the row stays as it is */
  async check(backup: Backup, signal: AbortSignal): Promise<CopyCheck> {
    if (!CHECKABLE.includes(backup.state))
      throw new BackupFailure('copy-missing', { detail: `${backup.objectKey} was deleted` });
    const result = await this.look(backup, signal);
    // Pruning may have taken the copy in the meantime: its row must not come back to life.
    await this.db
      .getRepository(Backup)
      .update(
        { id: backup.id, state: In([...CHECKABLE]) },
        { state: result.state, checkedAt: this.clock.now() },
      );
    if (result.state !== backup.state) {
      this.logger.error(`${backup.destination}:${backup.objectKey} is now ${result.state}: ${result.detail}`);
    }
    return result;
  }

  private async look(backup: Backup, signal: AbortSignal): Promise<CopyCheck> {
    try {
      return await checkCopy(await this.destinations.byName(backup.destination), backup, signal);
    } catch (error) {
      const failure = asFailure(error);
      // Its destination was taken away by a person: it is missed already, and need not be asked for every minute.
      if (backup.state !== 'missing' || failure.code !== 'destination-not-configured') throw failure;
      return { state: 'missing', bytesRead: 0, detail: failure.message };
    }
  }
}
