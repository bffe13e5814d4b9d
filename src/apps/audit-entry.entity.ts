import { randomUUID } from 'node:crypto';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { instant } from '../db/columns.js';

/** Everything that is written down; the pages have a sentence for each. */
export const AUDIT_ACTIONS = [
  'app-added',
  'app-changed',
  'app-removed',
  'app-paused',
  'app-resumed',
  'app-archived',
  'app-unarchived',
  'app-approved',
  'app-pruned',
  'app-tested',
  'override-set',
  'override-removed',
  'secret-added',
  'secret-replaced',
  'secret-removed',
  'secret-granted',
  'secret-withdrawn',
  'backup-accepted',
  'backup-adopted',
  'backup-verified',
  'backup-pinned',
  'backup-unpinned',
  'backup-downloaded',
  'run-cancelled',
  'destination-added',
  'destination-adopted',
  'destination-changed',
  'destination-marked',
  'destination-renamed',
  'destination-removed',
  'destination-taken-over',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who changed what, with the value before and after (never a secret). */
@Entity('audit_log')
export class AuditEntry {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { transformer: instant })
  at!: Date;

  @Column('text')
  who!: string;

  @Column('text')
  action!: AuditAction;

  /** An id, an id with a setting (`<app>/<setting>`), or a name. */
  @Column('text')
  subject!: string;

  @Column('text', { nullable: true })
  before!: string | null;

  @Column('text', { nullable: true })
  after!: string | null;
}

/** What a writer says; the rest is made here. */
export interface AuditNote {
  who: string;
  action: AuditAction;
  subject: string;
  before?: string | null;
  after?: string | null;
}

/** Written with the change itself, so that neither is there without the other. */
export async function addAuditEntry(tx: EntityManager, at: Date, note: AuditNote): Promise<void> {
  const row = { id: randomUUID(), at, before: null, after: null, ...note };
  await tx.getRepository(AuditEntry).insert(row);
}
