import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { messageOf } from '../core/failure.js';
import { agentIdFile } from './agent-identity.js';
import { copiesFolder, databaseFile } from './sqlite-files.js';
import { LockedAtStart, StartRefused } from './start-refused.js';
import { isLocked } from './wait-for-lock.js';

/** What an earlier agent left on disk, looked at without changing a byte of it. */
export interface FoundDatabase {
  /** Names of the migrations that it has had; empty = it is new. */
  migrations: string[];
}

/** Where SQLite keeps `user_version`, four bytes, most significant first. */
const USER_VERSION_AT = 60;
const HEADER_BYTES = 100;

/**
 * @param lastFence number of the agent that had the database open and did not end properly; null = the last one did
 * @throws StartRefused when it is damaged, emptied, or has lost its write-ahead log: nothing may be written on top of that
 */
export function inspectDatabaseFile(dataDir: string, lastFence: number | null): FoundDatabase {
  const file = databaseFile(dataDir);
  if (!existsSync(file)) return { migrations: [] };
  if (statSync(file).size === 0) {
    // One that was killed in its very first moment leaves an empty file too.
    if (!existsSync(agentIdFile(dataDir))) return { migrations: [] };
    throw damaged(dataDir, 'the file is empty');
  }
  if (lastFence !== null && !existsSync(`${file}-wal`) && userVersionOf(file) !== lastFence)
    throw damaged(
      dataDir,
      'its write-ahead log (orchestrator.sqlite-wal) is gone, and what was written last with it',
    );
  return { migrations: readMigrations(dataDir, file) };
}

function readMigrations(dataDir: string, file: string): string[] {
  try {
    const db = new Database(file, { readonly: true, timeout: 10_000 });
    try {
      const health = db.pragma('quick_check(1)', { simple: true });
      if (health !== 'ok') throw new Error(String(health));
      const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
      if (tables.includes('migrations'))
        return db.prepare('SELECT name FROM migrations ORDER BY id').pluck().all().map(String);
      if (tables.length === 0 && !existsSync(agentIdFile(dataDir))) return [];
      throw new Error('the tables of the agent are not in it');
    } finally {
      db.close();
    }
  } catch (error) {
    if (isLocked(error)) throw new LockedAtStart(file, error);
    throw damaged(dataDir, messageOf(error), error);
  }
}

function damaged(dataDir: string, why: string, cause?: unknown): StartRefused {
  return new StartRefused(
    [
      `The database ${databaseFile(dataDir)} is damaged: ${why}.`,
      'It was left exactly as it is. Nothing was written, nothing runs and nothing is pruned until a person decides; the backups at the destinations are not touched.',
      `To go back to a copy: put ${newestCopy(dataDir)} in its place, delete orchestrator.sqlite-wal, orchestrator.sqlite-shm and agent-lease.sqlite, and start again.`,
      'To begin with an empty database: move all files orchestrator.sqlite* away, delete agent-lease.sqlite, and start again; apps with labels are found by themselves.',
      'To go on with the file as it is, if it can be read: delete agent-lease.sqlite and start again.',
    ].join('\n'),
    cause === undefined ? undefined : { cause },
  );
}

function newestCopy(dataDir: string): string {
  const folder = copiesFolder(dataDir);
  const copies = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sqlite')) : [];
  const [newest] = copies
    .map((name) => ({ name, at: statSync(`${folder}/${name}`).mtimeMs }))
    .sort((one, other) => other.at - one.at);
  return newest === undefined ? 'one that you made yourself' : `${folder}/${newest.name}`;
}

function userVersionOf(file: string): number {
  const header = Buffer.alloc(HEADER_BYTES);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(handle);
  }
  return header.readUInt32BE(USER_VERSION_AT);
}
