import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { GroupCommit } from './group-commit.js';
import { OneAtATime } from './one-at-a-time.js';
import { LockWait } from './wait-for-lock.js';
import { wrapRunner, wrapRunners } from './wrap-runners.js';
import type { Ask } from './wrap-runners.js';

/** All that makes a transaction of its own. */
const WHOLE = ['transaction', 'save', 'remove'] as const satisfies readonly (keyof EntityManager)[];

const READS = /^\s*(SELECT|WITH)\b/i;
const WRITES = /^\s*(INSERT|UPDATE|DELETE)\b/i;

interface SqliteHandle {
  inTransaction: boolean;
  exec: (sql: string) => unknown;
}

/**
 * SQLite has one connection: without this, a query of another run would get into a transaction that is open and be
 * rolled back with it. Writes that come together share a commit. What meets a lock of another program steps aside and
 * tries again, so that reading goes on. What is asked from within a transaction belongs to it, through whichever manager.
 * @param say tells a person of a lock that lasts
 */
export function shareOneConnection(
  db: DataSource,
  guarded: (runner: QueryRunner, query: Ask) => Ask,
  say: (line: string) => void,
): void {
  const turns = new OneAtATime();
  const lock = new LockWait(say);
  const { databaseConnection: handle } = db.driver as unknown as { databaseConnection: SqliteHandle };
  const inside = insideRunner(db, guarded, handle);
  const group = new GroupCommit(
    {
      query: (sql) => inside.query(sql),
      isInTransaction: () => handle.inTransaction,
      rollBack: () => {
        if (handle.inTransaction) handle.exec('ROLLBACK');
      },
    },
    (work) => turns.run(work),
  );
  const alone = (work: () => Promise<unknown>): Promise<unknown> =>
    turns.run(async () => {
      await group.close();
      return work();
    });
  wrapRunners(db, (runner, query) => (sql, ...rest) => {
    const text = String(sql);
    if (turns.isWithin()) return (inside.query as Ask)(sql, ...rest);
    if (READS.test(text)) return lock.outlast(() => turns.run(() => query(sql, ...rest)));
    if (WRITES.test(text)) return lock.outlast(() => group.write(() => query(sql, ...rest)));
    return lock.outlast(() => alone(() => alongside(text, runner, query, rest)));
  });
  const outside = db.manager as unknown as Record<(typeof WHOLE)[number], Ask>;
  for (const name of WHOLE) {
    const whole = (inside.manager as unknown as typeof outside)[name].bind(inside.manager);
    outside[name] = (...args) =>
      turns.isWithin() ? whole(...args) : lock.outlast(() => group.write(() => whole(...args)));
  }
  const destroy = db.destroy.bind(db);
  db.destroy = async () => {
    await turns.run(() => group.close());
    await destroy();
  };
}

/** What is asked through this one belongs to the piece of work whose turn it is. */
function insideRunner(
  db: DataSource,
  guarded: (runner: QueryRunner, query: Ask) => Ask,
  handle: SqliteHandle,
): QueryRunner {
  const outside = db.driver.createQueryRunner('master');
  const Runner = outside.constructor as new (driver: DataSource['driver']) => QueryRunner;
  const inside = new Runner(db.driver);
  wrapRunner(inside, guarded);
  wrapRunner(
    inside,
    (_runner, query) =>
      (sql, ...rest) =>
        nested(String(sql), query, rest, handle),
  );
  return Object.assign(inside, { manager: db.createEntityManager(inside) });
}

/** A transaction within a group is a part that can be taken back by itself. */
async function nested(sql: string, query: Ask, rest: unknown[], handle: SqliteHandle): Promise<unknown> {
  if (sql === 'BEGIN TRANSACTION') return query('SAVEPOINT part', ...rest);
  if (sql === 'COMMIT') return query('RELEASE SAVEPOINT part', ...rest);
  if (sql !== 'ROLLBACK') return query(sql, ...rest);
  // SQLite may have taken back everything by itself. TypeORM would go on believing in its transaction if this failed.
  if (!handle.inTransaction) return undefined;
  await query('ROLLBACK TO SAVEPOINT part', ...rest);
  return query('RELEASE SAVEPOINT part', ...rest);
}

async function alongside(sql: string, runner: QueryRunner, query: Ask, rest: unknown[]): Promise<unknown> {
  if (sql !== 'BEGIN TRANSACTION') return query(sql, ...rest);
  try {
    // A transaction that takes the lock only when it writes can't wait for it: what it read may be old by then.
    return await query('BEGIN IMMEDIATE TRANSACTION', ...rest);
  } catch (error) {
    // TypeORM would believe that it has begun.
    Object.assign(runner, { isTransactionActive: false });
    throw error;
  }
}
