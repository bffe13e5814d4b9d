import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import type { Clock } from '../core/clock.js';
import { AgentIdentity } from './agent-identity.js';
import { AgentLease, LeaseStore } from './agent-lease.js';
import { dataSourceOptions } from './data-source.js';
import type { EntityClass } from './data-source.js';
import { guardQueries } from './guard-queries.js';
import { openLeaseTable } from './lease-table.js';

export interface DatabaseOrder {
  dataDir: string;
  /** `postgres://…`, or null for SQLite in `dataDir`. */
  databaseUrl: string | null;
  /** How long an agent may be without a sign of life before another may take its place. */
  leaseMs: number;
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
): Promise<OpenDatabase> {
  const store = new LeaseStore(await openLeaseTable(order), order.leaseMs, clock);
  const lease = await AgentLease.take(store);
  try {
    const options: DataSourceOptions = { ...dataSourceOptions(order, entities), migrationsRun: false };
    const db = await new DataSource(options).initialize();
    guardQueries(db, lease);
    await db.runMigrations({ transaction: 'all' });
    await lease.noteOpened();
    return { db, lease, identity: AgentIdentity.in(order.dataDir) };
  } catch (error) {
    await lease.release();
    throw error;
  }
}
