import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../db/columns.js';

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
  action!: string;

  @Column('text')
  subject!: string;

  @Column('text', { nullable: true })
  before!: string | null;

  @Column('text', { nullable: true })
  after!: string | null;
}
