import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { AgentLease } from './agent-lease.js';
import { OneAtATime } from './one-at-a-time.js';

/** SQLite waits in place, and with it the whole agent: it may only do so for a moment. */
const BLOCK_MS = 10;
const FIRST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 500;
/** How long a lock of another program is waited for, while everything else goes on. */
const PATIENCE_MS = 10 * 60_000;
/** All that makes a transaction of its own. */
const WHOLE = ['transaction', 'save', 'remove'] as const satisfies readonly (keyof EntityManager)[];

type Ask = (...args: unknown[]) => Promise<unknown>;

/** The one door of every query: none passes once another agent has taken over. */
export function guardQueries(db: DataSource, lease: Pick<AgentLease, 'confirm'>): void {
  wrapRunners(db, (_runner, query) => async (...args) => {
    await lease.confirm();
    return query(...args);
  });
  if (db.options.type === 'better-sqlite3') shareOneConnection(db);
}

/** To be called once the tables are up to date: from now on, a lock must not hold up what has nothing to do with it. */
export async function waitWithoutBlocking(db: DataSource): Promise<void> {
  if (db.options.type === 'better-sqlite3') await db.query(`PRAGMA busy_timeout = ${BLOCK_MS}`);
}

/**
 * SQLite has one connection: without this, a query of another run would get into a transaction that is open and be
 * rolled back with it. What meets a lock of another program steps aside and tries again, so that reading goes on.
 */
function shareOneConnection(db: DataSource): void {
  const turns = new OneAtATime();
  const inTurn = (ask: Ask): Ask => {
    return (...args) => (turns.isWithin() ? ask(...args) : patiently(() => turns.run(() => ask(...args))));
  };
  wrapRunners(db, (runner, query) =>
    inTurn(async (sql, ...rest) => {
      if (sql !== 'BEGIN TRANSACTION') return query(sql, ...rest);
      try {
        // A transaction that takes the lock only when it writes can't wait for it: what it read may be old by then.
        return await query('BEGIN IMMEDIATE TRANSACTION', ...rest);
      } catch (error) {
        // TypeORM would believe that it has begun.
        Object.assign(runner, { isTransactionActive: false });
        throw error;
      }
    }),
  );
  const manager = db.manager as unknown as Record<(typeof WHOLE)[number], Ask>;
  for (const name of WHOLE) manager[name] = inTurn(manager[name].bind(manager));
}

function wrapRunners(db: DataSource, wrap: (runner: QueryRunner, query: Ask) => Ask): void {
  const create = db.driver.createQueryRunner.bind(db.driver);
  const wrapped = new WeakSet<QueryRunner>();
  db.driver.createQueryRunner = (mode) => {
    const runner = create(mode);
    if (wrapped.has(runner)) return runner;
    wrapped.add(runner);
    runner.query = wrap(runner, runner.query.bind(runner) as Ask) as QueryRunner['query'];
    return runner;
  };
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MOST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await ask();
    } catch (error) {
      if (!isLocked(error) || performance.now() > end) throw error;
      await pause(pauseMs);
    }
  }
}

function isLocked(error: unknown): boolean {
  const { driverError } = error as { driverError?: { code?: unknown } };
  return driverError?.code === 'SQLITE_BUSY';
}
