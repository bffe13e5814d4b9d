import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bytes, instant, json } from '../db/columns.js';
import type { FailureCode } from '../core/failure.js';
import type { Declared } from '../exporters/exporter.js';
import type { RunWarning } from '../core/warning-texts.js';

export type RunTrigger = 'schedule' | 'manual' | 'api' | 'retry' | 'catch-up';
export type RunState = 'queued' | 'running' | 'finished';
export type RunOutcome = 'succeeded' | 'partial' | 'failed' | 'cancelled' | 'interrupted';

/** Where one copy of a run goes, written before the first byte so that a crash can be decided. */
export interface PlannedCopy {
  destination: string;
  /** Final name. */
  key: string;
  /** Name while uploading; equal to `key` where the destination commits directly. */
  partialKey: string;
  /** `unsettled`: something may be left there, but the destination could not be asked; cleaned by the next run. */
  outcome: 'pending' | 'stored' | 'failed' | 'unsettled';
  error: { code: FailureCode; detail: string } | null;
}

/** An export that the app makes at its leisure; the next agent goes on waiting for it. */
export interface AppJob {
  /** Where its state is asked for: a path on the app itself. */
  statusPath: string;
  /** When it was asked for, ISO 8601: the time limit counts from here, whoever waits. */
  since: string;
}

/** One execution for one app. */
@Entity('runs')
@Index(['appId', 'queuedAt'])
@Index(['state'])
export class Run {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'app_id' })
  appId!: string;

  @Column('text')
  trigger!: RunTrigger;

  @Column('text')
  state!: RunState;

  @Column('text', { nullable: true })
  outcome!: RunOutcome | null;

  /** Which attempt this is, from 1; a retry is a new attempt of the same run. */
  @Column('integer')
  attempt!: number;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: FailureCode | null;

  @Column('text', { name: 'error_detail', nullable: true })
  errorDetail!: string | null;

  /** A queued retry waits until then. */
  @Column('text', { name: 'not_before', nullable: true, transformer: instant })
  notBefore!: Date | null;

  @Column('text', { name: 'queued_at', transformer: instant })
  queuedAt!: Date;

  @Column('text', { name: 'started_at', nullable: true, transformer: instant })
  startedAt!: Date | null;

  @Column('text', { name: 'finished_at', nullable: true, transformer: instant })
  finishedAt!: Date | null;

  /** What the app said or last time showed; for progress. */
  @Column('bigint', { name: 'bytes_total', nullable: true, transformer: bytes })
  bytesTotal!: number | null;

  /** Counted, once the source has ended properly. */
  @Column('bigint', { name: 'size_bytes', nullable: true, transformer: bytes })
  sizeBytes!: number | null;

  @Column('text', { nullable: true })
  sha256!: string | null;

  /** What the app declared, and the format of its export; known with `sizeBytes`. */
  @Column('text', { nullable: true, transformer: json })
  declared!: Declared | null;

  /** Set while the app works on an export that it answered with 202. */
  @Column('text', { name: 'app_job', nullable: true, transformer: json })
  appJob!: AppJob | null;

  @Column('text', { name: 'planned_copies', transformer: json })
  plannedCopies!: PlannedCopy[];

  /** Sentences that do not fail the run: missing links of the proof, pruning trouble. */
  @Column('text', { transformer: json })
  warnings!: RunWarning[];
}

export type StepOutcome = 'running' | 'ok' | 'failed' | 'skipped';

/** One step of a run, in order. */
@Entity('run_steps')
export class RunStep {
  @PrimaryColumn('text', { name: 'run_id' })
  runId!: string;

  @PrimaryColumn('integer')
  position!: number;

  /** Which attempt of the run it belongs to, from 1. */
  @Column('integer')
  attempt!: number;

  @Column('text')
  name!: string;

  @Column('text')
  outcome!: StepOutcome;

  @Column('text')
  detail!: string;

  @Column('text', { name: 'started_at', transformer: instant })
  startedAt!: Date;

  @Column('text', { name: 'finished_at', nullable: true, transformer: instant })
  finishedAt!: Date | null;
}
