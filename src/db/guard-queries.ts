import type { DataSource, QueryRunner } from 'typeorm';
import type { AgentLease } from './agent-lease.js';
import { shareOneConnection } from './share-connection.js';
import { wrapRunners } from './wrap-runners.js';
import type { Ask } from './wrap-runners.js';

/** SQLite waits in place, and with it the whole agent: it may only do so for a moment. */
const BLOCK_MS = 10;

/**
 * The one door of every query: none passes once another agent has taken over.
 * @param say tells a person of another program that keeps the database locked
 */
export function guardQueries(
  db: DataSource,
  lease: Pick<AgentLease, 'confirm'>,
  say: (line: string) => void,
): void {
  const guarded =
    (_runner: QueryRunner, query: Ask): Ask =>
    async (...args) => {
      await lease.confirm();
      return query(...args);
    };
  wrapRunners(db, guarded);
  if (db.options.type === 'better-sqlite3') shareOneConnection(db, guarded, say);
}

/** To be called once the tables are up to date: from now on, a lock must not hold up what has nothing to do with it. */
export async function waitWithoutBlocking(db: DataSource): Promise<void> {
  if (db.options.type === 'better-sqlite3') await db.query(`PRAGMA busy_timeout = ${BLOCK_MS}`);
}
