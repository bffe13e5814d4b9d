import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, Equal, In, LessThan, Raw } from 'typeorm';
import type { FindOptionsWhere } from 'typeorm';
import { Clock } from '../core/clock.js';
import { messageOf } from '../core/failure.js';
import type { BackupFailure } from '../core/failure.js';
import { describeWarning } from '../core/warning-texts.js';
import type { RunWarning } from '../core/warning-texts.js';
import { RunLog } from './run-log.js';
import { Run, RunStep } from './run.entity.js';
import type { AppJob, PlannedCopy, RunOutcome, RunState, RunTrigger } from './run.entity.js';
import { StepWriter, writeSteps } from './step-writer.js';

/** How long somebody who looks waits for steps that are being written. */
const MOST_WAIT_MS = 250;

export interface RunEnd {
  outcome: RunOutcome;
  failure?: BackupFailure;
  warnings?: RunWarning[];
  /** What became of the copies, to be written with the end. */
  plannedCopies?: PlannedCopy[];
}

export interface RunQuery {
  appId?: string;
  state?: RunState;
  outcome?: RunOutcome;
  trigger?: RunTrigger;
  /** Only runs that come after this one in the list; for paging. */
  before?: Pick<Run, 'queuedAt' | 'id'>;
  limit: number;
}

/** The rows about runs, their steps and what they had to say; nothing else writes them. */
@Injectable()
export class RunLedger {
  readonly log: RunLog;
  private readonly logger = new Logger(RunLedger.name);
  private readonly stepWriter: StepWriter;

  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly clock: Clock,
  ) {
    this.log = new RunLog(db, clock);
    this.stepWriter = new StepWriter(db, (error) =>
      this.logger.error(`steps could not be written: ${messageOf(error)}`),
    );
  }

  async queue(fresh: {
    id: string;
    appId: string;
    trigger: RunTrigger;
    appJob?: AppJob | null;
  }): Promise<Run> {
    const runs = this.db.getRepository(Run);
    const row = runs.create({
      appJob: null,
      ...fresh,
      state: 'queued',
      outcome: null,
      attempt: 1,
      errorCode: null,
      errorDetail: null,
      notBefore: null,
      queuedAt: this.clock.now(),
      startedAt: null,
      finishedAt: null,
      bytesTotal: null,
      sizeBytes: null,
      sha256: null,
      declared: null,
      plannedCopies: [],
      warnings: [],
    });
    this.log.begin(row.id);
    this.log.write(row.id, 'log', `queued (${row.trigger})`);
    await runs.insert(row);
    return row;
  }

  byId(id: string): Promise<Run | null> {
    return this.db.getRepository(Run).findOneBy({ id });
  }

  openRunOf(appId: string): Promise<Run | null> {
    return this.db.getRepository(Run).findOneBy({ appId, state: In(['queued', 'running']) });
  }

  /** Every run that has not ended; after a start these are what the last agent left. */
  unfinished(): Promise<Run[]> {
    return this.db
      .getRepository(Run)
      .find({ where: { state: In(['queued', 'running']) }, order: { queuedAt: 'ASC' } });
  }

  /** Ended runs of an app that may have left something at a destination. */
  async unsettledOf(appId: string): Promise<Run[]> {
    const where = {
      appId,
      state: 'finished',
      plannedCopies: Raw((column) => `${column} LIKE '%"unsettled"%'`),
    } as const;
    return this.db.getRepository(Run).find({ where });
  }

  /** Newest first; runs of the same instant by their ids, so that pages neither repeat nor lose one. */
  list({ before, limit, ...exactly }: RunQuery): Promise<Run[]> {
    const where: FindOptionsWhere<Run>[] =
      before === undefined
        ? [exactly]
        : [
            { ...exactly, queuedAt: LessThan(before.queuedAt) },
            { ...exactly, queuedAt: Equal(before.queuedAt), id: LessThan(before.id) },
          ];
    return this.db.getRepository(Run).find({ where, order: { queuedAt: 'DESC', id: 'DESC' }, take: limit });
  }

  /** The newest run of each app. */
  async latestByApp(): Promise<Map<string, Run>> {
    const rows = await this.db
      .getRepository(Run)
      .createQueryBuilder('run')
      .where((query) => {
        const newest = query
          .subQuery()
          .select('MAX(inner.queuedAt)')
          .from(Run, 'inner')
          .where('inner.appId = run.appId')
          .getQuery();
        return `run.queuedAt = ${newest}`;
      })
      .getMany();
    return new Map(rows.map((run) => [run.appId, run]));
  }

  async begin(id: string): Promise<void> {
    this.log.write(id, 'log', 'begins');
    await this.db.getRepository(Run).update({ id }, { state: 'running', startedAt: this.clock.now() });
  }

  /** Lets a failed run wait for its next attempt. The error of the last one stays to be seen. */
  async retryAt(
    id: string,
    again: { attempt: number; notBefore: Date; failure: BackupFailure },
    plannedCopies: PlannedCopy[],
  ): Promise<void> {
    const { attempt, notBefore, failure } = again;
    const error = { errorCode: failure.code, errorDetail: failure.detail };
    this.log.write(id, 'warn', `${failure.message}; attempt ${attempt} at ${notBefore.toISOString()}`);
    await this.stepWriter.flush(id);
    // What the app made for a failed attempt is not asked for again: the next one gets a fresh export.
    const fields = { state: 'queued', attempt, notBefore, plannedCopies, appJob: null, ...error } as const;
    await this.db.getRepository(Run).update({ id }, fields);
  }

  async update(id: string, fields: Partial<Omit<Run, 'id' | 'appId'>>): Promise<void> {
    await this.db.getRepository(Run).update({ id }, fields);
  }

  async finish(id: string, end: RunEnd): Promise<void> {
    const level = end.outcome === 'failed' || end.outcome === 'interrupted' ? 'error' : 'log';
    for (const warning of end.warnings ?? []) this.log.write(id, 'warn', describeWarning(warning, 'en'));
    this.log.write(id, level, `${end.outcome}${end.failure === undefined ? '' : `: ${end.failure.message}`}`);
    const fields = {
      state: 'finished',
      outcome: end.outcome,
      finishedAt: this.clock.now(),
      errorCode: end.failure?.code ?? null,
      errorDetail: end.failure?.detail ?? null,
      ...(end.warnings === undefined ? {} : { warnings: end.warnings }),
      ...(end.plannedCopies === undefined ? {} : { plannedCopies: end.plannedCopies }),
    } as const;
    const write = (steps: RunStep[]): Promise<void> =>
      this.db.transaction(async (tx) => {
        await writeSteps(tx, steps);
        await tx.getRepository(Run).update({ id }, fields);
      });
    await Promise.all([this.log.end(id), this.stepWriter.closing(id, write)]);
  }

  /** The steps that an agent died in never ended. */
  async failOpenSteps(runId: string): Promise<void> {
    const cutOff = { outcome: 'failed', finishedAt: this.clock.now() } as const;
    await this.db.getRepository(RunStep).update({ runId, outcome: 'running' }, cutOff);
  }

  async steps(runId: string): Promise<RunStep[]> {
    // A lock of another program may hold up the writing for minutes: a page shows what there is.
    await Promise.race([this.stepWriter.flush(runId), pause(MOST_WAIT_MS, undefined, { ref: false })]);
    return this.db.getRepository(RunStep).find({ where: { runId }, order: { position: 'ASC' } });
  }

  async stepCount(runId: string): Promise<number> {
    await this.stepWriter.flush(runId);
    return this.db.getRepository(RunStep).countBy({ runId });
  }

  /** Notes a step as it is now; it is written soon, and before the end of its run. */
  noteStep(step: RunStep): void {
    this.stepWriter.note(step);
  }
}
