import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bytes, instant, json } from '../db/columns.js';
import type { Verified } from '../destinations/destination.js';
import type { Copy } from '../retention/plan-retention.js';

export type BackupState = 'verified' | 'suspicious' | 'corrupt' | 'missing' | 'deleting' | 'deleted';

/** The links from the app to the stored copy, and which of them were checked. */
export interface Proof {
  /** What the app declared; a field is absent when it did not. */
  declared: { sizeBytes?: number; sha256?: string; sha256From?: 'header' | 'trailer' };
  /** What the agent counted while sending. */
  counted: { sizeBytes: number; sha256: string };
  /** What the destination showed. */
  destination: Verified;
  /** It was taken in by its manifest, and the run that made it has no row here. */
  runUnknown?: true;
}

/** One stored and verified object at one destination. Rows are never erased: a pruned one is `deleted`. */
@Entity('backups')
@Index(['appId', 'destination', 'createdAt'])
@Index(['destination', 'objectKey'], { unique: true })
export class Backup {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'app_id' })
  appId!: string;

  @Column('text', { name: 'run_id' })
  runId!: string;

  /** Name of the destination. */
  @Column('text')
  destination!: string;

  @Column('text', { name: 'object_key' })
  objectKey!: string;

  @Column('bigint', { name: 'size_bytes', transformer: bytes })
  sizeBytes!: number;

  @Column('text')
  sha256!: string;

  @Column('text')
  format!: string;

  /** When the run began, by the agent's clock; retention sorts by it. */
  @Column('text', { name: 'created_at', transformer: instant })
  createdAt!: Date;

  /** Grows with each backup of the app, whatever the clock does. */
  @Column('integer')
  seq!: number;

  @Column('text')
  state!: BackupState;

  @Column('text', { transformer: json })
  proof!: Proof;

  @Column('boolean')
  pinned!: boolean;

  /** When the stored bytes were last read again after the run. */
  @Column('text', { name: 'checked_at', nullable: true, transformer: instant })
  checkedAt!: Date | null;
}

/** A copy before the catalog has given it its place. */
export type FreshBackup = Omit<Backup, 'seq' | 'pinned' | 'checkedAt'>;

/** As the retention planner sees it: only verified, unsuspicious, present copies are good. */
export const toCopy = (backup: Backup): Copy => ({
  id: backup.id,
  createdAt: backup.createdAt,
  seq: backup.seq,
  good: backup.state === 'verified',
  pinned: backup.pinned,
});
