import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { FailureCode } from '../core/failure.js';
import { bytes, instant } from '../db/columns.js';

/**
 * Who made it: `found` was there without us (the built-in folder, RCLONE_LOCAL_DIRECTORIES, `rclone config`) and has no
 * copy of its configuration; `adopted` was found and is now kept by us; `environment` came from RCLONE_DRIVE_….
 */
export type DestinationOrigin = 'found' | 'adopted' | 'environment' | 'admin';

/** `needs-authorisation`: only a person can help, by giving new credentials. */
export type HealthState = 'unknown' | 'ok' | 'warning' | 'failing' | 'needs-authorisation';

/** What the agent knows about a destination beside what is in rclone.conf. */
@Entity('destinations')
@Index(['name'], { unique: true })
export class DestinationRow {
  @PrimaryColumn('text')
  id!: string;

  /** As labels and overrides name it; also the remote's name in rclone.conf. */
  @Column('text')
  name!: string;

  /** rclone's backend type as chosen by the person: `sftp`, `drive`, `s3`, `local` … */
  @Column('text')
  type!: string;

  /** Below the remote's root; may start with `/` for SFTP. Empty = the root. */
  @Column('text')
  folder!: string;

  @Column('text')
  origin!: DestinationOrigin;

  /** Its section of rclone.conf as JSON, sealed for `destinations:<id>:config`; null = rclone.conf is the only place. */
  @Column('text', { name: 'sealed_config', nullable: true })
  sealedConfig!: string | null;

  /** Lines of known_hosts that are trusted (SFTP). */
  @Column('text', { name: 'host_keys', nullable: true })
  hostKeys!: string | null;

  /** When the marker was left in its folder; from then on a folder without it is another one. */
  @Column('text', { name: 'marked_at', nullable: true, transformer: instant })
  markedAt!: Date | null;

  @Column('text', { name: 'health_state' })
  healthState!: HealthState;

  @Column('text', { name: 'health_code', nullable: true })
  healthCode!: FailureCode | null;

  /** Redacted. */
  @Column('text', { name: 'health_detail', nullable: true })
  healthDetail!: string | null;

  @Column('text', { name: 'checked_at', nullable: true, transformer: instant })
  checkedAt!: Date | null;

  /** Since when it has not been well. */
  @Column('text', { name: 'unwell_since', nullable: true, transformer: instant })
  unwellSince!: Date | null;

  /** Of `operations/about`; null where the provider does not say. */
  @Column('bigint', { name: 'total_bytes', nullable: true, transformer: bytes })
  totalBytes!: number | null;

  @Column('bigint', { name: 'free_bytes', nullable: true, transformer: bytes })
  freeBytes!: number | null;

  @Column('text', { name: 'created_at', transformer: instant })
  createdAt!: Date;

  @Column('text', { name: 'updated_at', transformer: instant })
  updatedAt!: Date;
}

/** A row for something that was just found or made; it has not been looked at yet. */
export function freshRow(
  of: Pick<DestinationRow, 'id' | 'name' | 'type' | 'folder' | 'origin'>,
  now: Date,
): DestinationRow {
  const row = new DestinationRow();
  const unseen = { sealedConfig: null, hostKeys: null, markedAt: null, healthState: 'unknown' as const };
  const nothing = {
    healthCode: null,
    healthDetail: null,
    checkedAt: null,
    unwellSince: null,
    totalBytes: null,
    freeBytes: null,
  };
  Object.assign(row, of, unseen, nothing, { createdAt: now, updatedAt: now });
  return row;
}
