import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who works with the database now: one row. Kept beside the tables of the agent, since it is read before they are migrated. */
@Entity('agent_lease')
export class LeaseRow {
  @PrimaryColumn('text')
  id!: string;

  /** Random name of the agent that holds it; empty = nobody, the last one ended properly. */
  @Column('text')
  holder!: string;

  /** Grows by one with every change of hands. */
  @Column('integer')
  fence!: number;

  /** Grows while the holder lives. */
  @Column('integer')
  beats!: number;

  /** Which process that is; see `describeProcess`. */
  @Column('text')
  process!: string;

  /** Whether the holder has had the database open; from then on its write-ahead log has to be there until it ends properly. */
  @Column('boolean')
  opened!: boolean;
}
