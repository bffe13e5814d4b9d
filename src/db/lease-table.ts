import { rmSync } from 'node:fs';
import { DataSource, Table } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import type { DatabaseOrder } from './open-database.js';
import { LeaseRow } from './lease.entity.js';
import { leaseFile } from './sqlite-files.js';

const TABLE = new Table({
  name: 'agent_lease',
  columns: [
    { name: 'id', type: 'text', isPrimary: true },
    { name: 'holder', type: 'text' },
    { name: 'fence', type: 'integer' },
    { name: 'beats', type: 'integer' },
    { name: 'process', type: 'text' },
    { name: 'opened', type: 'boolean' },
  ],
});

/** Opens the table with the lease, in PostgreSQL or in a small file of its own, and makes it where there is none. */
export async function openLeaseTable(order: DatabaseOrder): Promise<DataSource> {
  try {
    return await open(order);
  } catch (error) {
    if (order.databaseUrl !== null || !isDamage(error)) throw error;
    // What it holds is only true while an agent lives: a new one is as good.
    rmSync(leaseFile(order.dataDir), { force: true });
    return open(order);
  }
}

async function open({ dataDir, databaseUrl }: DatabaseOrder): Promise<DataSource> {
  const common = { entities: [LeaseRow], synchronize: false, migrationsRun: false };
  const options: DataSourceOptions =
    databaseUrl === null
      ? {
          ...common,
          type: 'better-sqlite3',
          database: leaseFile(dataDir),
          // A beat that a power cut swallows is none: it need not wake the disk.
          prepareDatabase: (db: { pragma(text: string): unknown }) => void db.pragma('synchronous = OFF'),
        }
      : { ...common, type: 'postgres', url: databaseUrl };
  const db = await new DataSource(options).initialize();
  const runner = db.createQueryRunner();
  try {
    await runner.createTable(TABLE, true);
  } finally {
    await runner.release();
  }
  return db;
}

function isDamage(error: unknown): boolean {
  return /SQLITE_(NOTADB|CORRUPT)|not a database|malformed/.test(
    error instanceof Error ? `${error.message} ${String((error as { code?: unknown }).code)}` : '',
  );
}
