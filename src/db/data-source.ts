import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { Init1764000000001 } from './migrations/0001-init.js';
import { Destinations1764000000002 } from './migrations/0002-destinations.js';
import { Secrets1764000000003 } from './migrations/0003-secrets.js';
import { Runs1764000000004 } from './migrations/0004-runs.js';
import { databaseFile } from './sqlite-files.js';

export type EntityClass = (new () => object) | EntitySchema;

/** WAL with full sync: a committed row survives a power cut; see reference of SQLite's `synchronous`. */
const PRAGMAS = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  'busy_timeout = 10000',
] as const;

/** Prepared statements that are kept, the first ones go first; a run has about fifty, and some of each run are its own. */
const STATEMENTS = 400;

export const MIGRATIONS = [
  Init1764000000001,
  Destinations1764000000002,
  Secrets1764000000003,
  Runs1764000000004,
];

interface SqliteHandle {
  pragma(text: string): unknown;
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
    migrations: MIGRATIONS,
    migrationsRun: true,
    synchronize: false,
  };
  if (at.databaseUrl !== null) return { ...common, type: 'postgres', url: at.databaseUrl };
  return {
    ...common,
    type: 'better-sqlite3',
    database: databaseFile(at.dataDir),
    statementCacheSize: STATEMENTS,
    prepareDatabase: (db: SqliteHandle) => {
      for (const pragma of PRAGMAS) db.pragma(pragma);
    },
  };
}
