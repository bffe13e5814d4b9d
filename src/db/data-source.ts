import { join } from 'node:path';
import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { Init1764000000001 } from './migrations/0001-init.js';
import { Destinations1764000000002 } from './migrations/0002-destinations.js';
import { Secrets1764000000003 } from './migrations/0003-secrets.js';

type EntityClass = (new () => object) | EntitySchema;

/** WAL with full sync: a committed row survives a power cut; see reference of SQLite's `synchronous`. */
const PRAGMAS = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  'busy_timeout = 10000',
] as const;

interface SqliteHandle {
  pragma(text: string, options?: { simple: boolean }): unknown;
}

/** Prepares a fresh connection. @throws when the file is damaged: the agent must not write on top of it */
function prepareSqlite(db: SqliteHandle): void {
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
    migrations: [Init1764000000001, Destinations1764000000002, Secrets1764000000003],
    migrationsRun: true,
    synchronize: false,
  };
  if (at.databaseUrl !== null) return { ...common, type: 'postgres', url: at.databaseUrl };
  return {
    ...common,
    type: 'better-sqlite3',
    database: join(at.dataDir, 'orchestrator.sqlite'),
    prepareDatabase: (db: SqliteHandle) => prepareSqlite(db),
  };
}
