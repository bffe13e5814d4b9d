import { join } from 'node:path';
import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { Init1764000000001 } from './migrations/0001-init.js';
import { Destinations1764000000002 } from './migrations/0002-destinations.js';
import { syncAfterWrites, syncFile } from './wal-sync.js';

type EntityClass = (new () => object) | EntitySchema;

const PRAGMAS = ['foreign_keys = ON', 'busy_timeout = 10000'] as const;

interface SqliteHandle {
  pragma(text: string, options?: { simple: boolean }): unknown;
}

/** Prepares a fresh connection. @throws when the file is damaged: the agent must not write on top of it */
function prepareSqlite(db: SqliteHandle): void {
  // A committed row survives a power cut: in WAL mode because wal-sync waits for the disk after each write, and where
  // the file system cannot have that mode, because SQLite itself does.
  const mode = db.pragma('journal_mode = WAL', { simple: true });
  db.pragma(`synchronous = ${mode === 'wal' ? 'NORMAL' : 'FULL'}`);
  for (const pragma of PRAGMAS) db.pragma(pragma);
  const health = db.pragma('quick_check(1)', { simple: true });
  if (health !== 'ok') throw new Error(`the database file is damaged: ${String(health)}`);
}

/**
 * The same entities and migrations on SQLite (one file below `dataDir`) or, with a URL, on PostgreSQL.
 * @param entities named by the caller, since `db` knows none of them
 */
export function dataSourceOptions(
  at: { dataDir: string; databaseUrl: string | null },
  entities: EntityClass[],
): DataSourceOptions {
  const common = {
    entities,
    migrations: [Init1764000000001, Destinations1764000000002],
    migrationsRun: true,
    synchronize: false,
  };
  if (at.databaseUrl !== null) return { ...common, type: 'postgres', url: at.databaseUrl };
  const file = join(at.dataDir, 'orchestrator.sqlite');
  return {
    ...common,
    type: 'better-sqlite3',
    database: file,
    subscribers: [syncAfterWrites(() => syncFile(`${file}-wal`))],
    prepareDatabase: (db: SqliteHandle) => prepareSqlite(db),
  };
}
