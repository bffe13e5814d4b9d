import { DataSource } from 'typeorm';
import type { Clock } from '../core/clock.js';
import { AgentIdentity } from './agent-identity.js';
import { AgentLease, LeaseStore } from './agent-lease.js';
import { copyDatabase } from './copy-database.js';
import { dataSourceOptions } from './data-source.js';
import type { EntityClass } from './data-source.js';
import { inspectDatabaseFile } from './inspect-file.js';
import { openLeaseTable } from './lease-table.js';
import { guardQueries, waitWithoutBlocking } from './guard-queries.js';
import { leaseFile } from './sqlite-files.js';
import { LockedAtStart } from './start-refused.js';
import { refuseNewerTables, updateTables } from './update-tables.js';
import { isLocked } from './wait-for-lock.js';

export interface DatabaseOrder {
  dataDir: string;
  /** `postgres://…`, or null for SQLite in `dataDir`. */
  databaseUrl: string | null;
  /** How long an agent may be without a sign of life before another may take its place. */
  leaseMs: number;
  /** For tests: `migrating` dies in the middle of bringing the tables up to date. */
  crashAt: string | null;
}

/** The database, and the right to write to it. */
export interface OpenDatabase {
  db: DataSource;
  lease: AgentLease;
  identity: AgentIdentity;
}

/**
 * Takes the lease, then opens the database and brings its tables up to date.
 * @throws StartRefused with what is to be done, when another agent is at work or the database is not fit to be written to
 */
export async function openDatabase(
  order: DatabaseOrder,
  entities: EntityClass[],
  clock: Clock,
  say: (line: string) => void,
): Promise<OpenDatabase> {
  const lease = await takeLease(order, clock, say);
  try {
    if (order.databaseUrl === null) lookFirst(order.dataDir, lease.lastFence, clock);
    const db = await new DataSource({
      ...dataSourceOptions(order, entities),
      migrationsRun: false,
    }).initialize();
    guardQueries(db, lease, say);
    await updateTables(db, order.crashAt);
    // In the log of this session: tells later whether that log is still there.
    if (order.databaseUrl === null) await db.query(`PRAGMA user_version = ${lease.fence}`);
    await waitWithoutBlocking(db);
    await lease.noteOpened();
    return { db, lease, identity: AgentIdentity.in(order.dataDir) };
  } catch (error) {
    await lease.release(false);
    throw error;
  }
}

async function takeLease(
  order: DatabaseOrder,
  clock: Clock,
  say: (line: string) => void,
): Promise<AgentLease> {
  try {
    return await AgentLease.take(new LeaseStore(await openLeaseTable(order), order.leaseMs, clock, say));
  } catch (error) {
    throw isLocked(error) ? new LockedAtStart(leaseFile(order.dataDir), error) : error;
  }
}

function lookFirst(dataDir: string, lastFence: number | null, clock: Clock): void {
  const { migrations } = inspectDatabaseFile(dataDir, lastFence);
  if (migrations.length === 0) return;
  if (refuseNewerTables(migrations) === 'older')
    copyDatabase(dataDir, 'before-update', clock.now().toISOString().replace(/[:.]/g, '-'));
}
