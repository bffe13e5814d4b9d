import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, LessThanOrEqual, Not } from 'typeorm';
import { Clock } from '../core/clock.js';
import { JUMP_MS } from '../core/clock-watch.js';
import { BackupFailure } from '../core/failure.js';
import type { EffectiveSettings } from '../apps/effective-settings.js';
import { Destinations } from '../destinations/destination.js';
import { planRetention } from '../retention/plan-retention.js';
import type { RetentionPlan } from '../retention/plan-retention.js';
import { Backup, toCopy } from './backup.entity.js';
import type { BackupState, FreshBackup } from './backup.entity.js';
import { isUnusualSize } from './judge-size.js';

const PRESENT: readonly BackupState[] = ['verified', 'suspicious', 'corrupt'];

/** Our rows about stored copies. Rows are never erased and never dropped because a listing was empty. */
@Injectable()
export class Catalog {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
  ) {}

  /** Newest first, without those that were deleted. */
  ofApp(appId: string): Promise<Backup[]> {
    return this.db
      .getRepository(Backup)
      .find({ where: { appId, state: Not('deleted') }, order: { createdAt: 'DESC', seq: 'DESC' } });
  }

  ofRun(runId: string): Promise<Backup[]> {
    return this.db.getRepository(Backup).find({ where: { runId }, order: { destination: 'ASC' } });
  }

  byId(id: string): Promise<Backup | null> {
    return this.db.getRepository(Backup).findOneBy({ id });
  }

  /** The newest copy that should lie at a destination, whichever app it belongs to; an app's own first. */
  async newestAt(destination: string, appId: string): Promise<Backup | null> {
    const present = { destination, state: In([...PRESENT]) };
    const order = { createdAt: 'DESC', seq: 'DESC' } as const;
    const repository = this.db.getRepository(Backup);
    const own = await repository.findOne({ where: { ...present, appId }, order });
    return own ?? repository.findOne({ where: present, order });
  }

  /** Whether this name was ever used at the destination, also by a copy that was deleted since. */
  knows(destination: string, objectKey: string): Promise<boolean> {
    return this.db.getRepository(Backup).existsBy({ destination, objectKey });
  }

  /**
   * Records a verified copy. The same object is never recorded twice: a second call returns the first row.
   * @param sizeChangePercent further from the usual size than this it is `suspicious`
   */
  async record(fresh: FreshBackup, sizeChangePercent: number): Promise<Backup> {
    const earlier = await this.recentSizes(fresh.appId, fresh.destination, 5);
    const state = isUnusualSize(fresh.sizeBytes, earlier, sizeChangePercent) ? 'suspicious' : fresh.state;
    return this.db.transaction(async (tx) => {
      const repository = tx.getRepository(Backup);
      const known = await repository.findOneBy({
        destination: fresh.destination,
        objectKey: fresh.objectKey,
      });
      if (known !== null) return known;
      const seq = ((await repository.maximum('seq', { appId: fresh.appId })) ?? 0) + 1;
      const row = repository.create({ ...fresh, state, seq, pinned: false, checkedAt: null });
      await repository.insert(row);
      return row;
    });
  }

  /** A person says that a suspicious copy is right: it counts as good from now on. @returns whether there was one */
  async accept(id: string): Promise<boolean> {
    const { affected } = await this.db
      .getRepository(Backup)
      .update({ id, state: 'suspicious' }, { state: 'verified' });
    return affected === 1;
  }

  /** Sizes in bytes of an app's newest good copies at a destination. */
  async recentSizes(appId: string, destination: string, count: number): Promise<number[]> {
    const rows = await this.db.getRepository(Backup).find({
      select: { sizeBytes: true },
      where: { appId, destination, state: 'verified' },
      order: { createdAt: 'DESC', seq: 'DESC' },
      take: count,
    });
    return rows.map((row) => row.sizeBytes);
  }

  async setState(id: string, state: BackupState): Promise<void> {
    await this.db.getRepository(Backup).update({ id }, { state });
  }

  async pin(id: string, pinned: boolean): Promise<void> {
    await this.db.getRepository(Backup).update({ id }, { pinned });
  }

  /** When each app was last backed up well, by app id. What bears a time to come was made with a wrong clock and does not tell. */
  async lastGoodByApp(): Promise<Map<string, Date>> {
    const rows = await this.db
      .getRepository(Backup)
      .createQueryBuilder('backup')
      .select('backup.appId', 'appId')
      .addSelect('MAX(backup.createdAt)', 'at')
      .where({
        state: 'verified',
        createdAt: LessThanOrEqual(new Date(this.clock.now().getTime() + JUMP_MS)),
      })
      .groupBy('backup.appId')
      .getRawMany<{ appId: string; at: string }>();
    return new Map(rows.map((row) => [row.appId, new Date(row.at)]));
  }

  /** Bytes of a stored copy, straight from its destination. @throws copy-missing, copy-corrupt as far as it is known before */
  async open(backup: Backup, signal: AbortSignal): Promise<Readable> {
    if (backup.state === 'missing' || backup.state === 'deleting' || backup.state === 'deleted') {
      throw new BackupFailure('copy-missing', { detail: backup.objectKey });
    }
    const expected = `${backup.objectKey}: ${backup.sizeBytes} bytes, sha256 ${backup.sha256} were stored`;
    if (backup.state === 'corrupt') throw new BackupFailure('copy-corrupt', { detail: expected });
    const destination = await this.destinations.byName(backup.destination);
    const found = await destination.stat(backup.objectKey);
    if (found === null) throw new BackupFailure('copy-missing', { detail: backup.objectKey });
    if (found.sizeBytes !== backup.sizeBytes)
      throw new BackupFailure('copy-corrupt', { detail: `${expected}, ${found.sizeBytes} bytes are there` });
    return destination.open(backup.objectKey, signal);
  }

  /** What retention would keep, and why, and delete among these copies of one app at one destination. */
  plan(copies: readonly Backup[], settings: EffectiveSettings): RetentionPlan {
    return planRetention(
      copies.map(toCopy),
      settings.retention.value,
      settings.timezone.value,
      this.clock.now(),
    );
  }
}
