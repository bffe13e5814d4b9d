import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from '../db/columns.js';

/** One line that a run had to say. */
@Entity('run_log')
export class RunLogLine {
  @PrimaryColumn('text', { name: 'run_id' })
  runId!: string;

  @PrimaryColumn('integer')
  position!: number;

  @Index()
  @Column('text', { transformer: instant })
  at!: Date;

  @Column('text')
  level!: 'log' | 'warn' | 'error';

  @Column('text')
  line!: string;
}
