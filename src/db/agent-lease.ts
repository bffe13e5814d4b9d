import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, Repository } from 'typeorm';
import type { Clock } from '../core/clock.js';
import { BackupFailure, messageOf } from '../core/failure.js';
import { LeaseRow } from './lease.entity.js';
import { describeProcess, hasEnded, pidOf } from './process-identity.js';
import { StartRefused } from './start-refused.js';

const ID = 'agent';
/** Beats in one lease: one that is missed is not the end of it. */
const BEATS = 3;

/** How the last agent that held the lease ended. */
export type Predecessor = 'none' | 'ended' | 'died' | 'stalled';

/**
 * The right to write, to the database and to destinations: one agent at a time has it. An agent that died loses it at
 * once, one that does not move for `leaseMs` loses it to the next that asks, and then notices before it writes again.
 */
export class AgentLease {
  private timer: NodeJS.Timeout | null = null;
  private confirmedAtMs: number;
  private isLost = false;
  private readonly listeners: (() => void)[] = [];

  private constructor(
    private readonly row: LeaseRow,
    /** How the one before us ended. */
    readonly predecessor: Predecessor,
    /** Its number, if it had the database open and did not end properly. */
    readonly lastFence: number | null,
    private readonly store: LeaseStore,
  ) {
    this.confirmedAtMs = store.clock.monotonicMs();
    this.timer = setInterval(() => void this.beat().catch(() => undefined), store.leaseMs / BEATS);
    this.timer.unref();
  }

  /** @throws StartRefused when another agent is at work */
  static async take(store: LeaseStore): Promise<AgentLease> {
    for (;;) {
      const before = await store.row();
      const state = before === null ? 'none' : await stateOf(before, store);
      const row = await store.claim(before);
      if (row !== null)
        return new AgentLease(row, state, before?.opened === true ? before.fence : null, store);
    }
  }

  get fence(): number {
    return this.row.fence;
  }

  /** Told once when another agent has taken over. */
  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Before anything is written. Costs nothing while the last beat is young. @throws agent-superseded */
  async confirm(): Promise<void> {
    if (!this.isLost && this.store.clock.monotonicMs() - this.confirmedAtMs < this.store.leaseMs / 2) return;
    await this.beat();
  }

  /** From now on an end that is not proper leaves a write-ahead log. */
  async noteOpened(): Promise<void> {
    await this.store.note(this.row.holder, { opened: true });
  }

  /** The next one need not wait. @param ended properly: the database has been closed, or was never opened */
  async release(ended = true): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    if (!this.isLost)
      await this.store.note(this.row.holder, { holder: '', opened: ended ? false : this.lastFence !== null });
    await this.store.close();
  }

  private async beat(): Promise<void> {
    if (this.timer === null) return;
    const asked = this.store.clock.monotonicMs();
    this.row.beats += 1;
    if (!this.isLost && (await this.store.note(this.row.holder, { beats: this.row.beats }))) {
      this.confirmedAtMs = asked;
      return;
    }
    if (!this.isLost) {
      this.isLost = true;
      for (const listener of this.listeners) listener();
    }
    throw new BackupFailure('agent-superseded');
  }
}

/** The table with the lease. */
export class LeaseStore {
  constructor(
    private readonly db: DataSource,
    /** How long an agent may be without a sign of life, in milliseconds. */
    readonly leaseMs: number,
    readonly clock: Clock,
    /** Tells a person why the start takes long. */
    readonly say: (line: string) => void,
  ) {}

  row(): Promise<LeaseRow | null> {
    return this.rows().findOneBy({ id: ID });
  }

  /** @returns null when somebody else was quicker, or the holder lives after all */
  async claim(before: LeaseRow | null): Promise<LeaseRow | null> {
    const fields = {
      holder: randomUUID(),
      fence: (before?.fence ?? 0) + 1,
      beats: 0,
      process: describeProcess(),
      opened: false,
    };
    if (before === null) {
      await this.rows()
        .createQueryBuilder()
        .insert()
        .values({ id: ID, ...fields })
        .orIgnore()
        .execute();
    } else {
      await this.rows().update({ id: ID, holder: before.holder, beats: before.beats }, fields);
    }
    const now = await this.row();
    return now?.holder === fields.holder ? now : null;
  }

  /** @returns whether `holder` still is the holder */
  async note(holder: string, fields: Partial<LeaseRow>): Promise<boolean> {
    try {
      const { affected } = await this.rows().update({ id: ID, holder }, fields);
      return affected === 1;
    } catch (error) {
      // A full disk or a lock is not another agent: ask whose it is.
      const row = await this.row().catch(() => null);
      if (row === null)
        throw new Error(`the lease could not be renewed: ${messageOf(error)}`, { cause: error });
      return row.holder === holder;
    }
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }

  private rows(): Repository<LeaseRow> {
    return this.db.getRepository(LeaseRow);
  }
}

/** Whether the holder can be followed; waits for a sign of life of one that may be alive. @throws StartRefused */
async function stateOf(row: LeaseRow, store: LeaseStore): Promise<Predecessor> {
  if (row.holder === '') return 'ended';
  if (hasEnded(row.process)) return 'died';
  store.say(
    `the last agent (process ${pidOf(row.process)}) did not say goodbye; waiting ${Math.ceil(store.leaseMs / 1000)} s to see whether it lives`,
  );
  const end = store.clock.monotonicMs() + store.leaseMs;
  while (store.clock.monotonicMs() < end) {
    await pause(store.leaseMs / BEATS / 5);
    const now = await store.row();
    if (now === null || now.holder === '') return 'ended';
    if (now.holder !== row.holder || now.beats !== row.beats)
      throw new StartRefused(
        `Another agent (process ${pidOf(now.process)}) is at work with this database, and two would harm each other. ` +
          'Nothing was changed. Stop the other one first, or give this one a DATA_DIR (or DATABASE_URL) of its own.',
      );
  }
  return hasEnded(row.process) ? 'died' : 'stalled';
}
