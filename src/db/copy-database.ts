import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { copiesFolder, databaseFile } from './sqlite-files.js';

/** How many of each kind are kept. */
const KEPT = 7;

export type CopyKind = 'daily' | 'before-update';

/**
 * Makes a whole and compact copy of the database beside it; it has its final name only once it is whole.
 * @param stamp sorts, and tells copies of one kind apart
 * @returns the file
 */
export function copyDatabase(dataDir: string, kind: CopyKind, stamp: string): string {
  const folder = copiesFolder(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, '.unfinished');
  rmSync(draft, { force: true });
  const db = new Database(databaseFile(dataDir), { readonly: true, timeout: 10_000 });
  try {
    db.prepare('VACUUM INTO ?').run(draft);
  } finally {
    db.close();
  }
  const file = join(folder, `${kind}-${stamp}.sqlite`);
  renameSync(draft, file);
  for (const name of copiesOf(dataDir, kind).slice(0, -KEPT)) rmSync(join(folder, name), { force: true });
  return file;
}

/** When the newest copy of a kind was made, in milliseconds; null = there is none. */
export function newestCopyMs(dataDir: string, kind: CopyKind): number | null {
  const newest = copiesOf(dataDir, kind).at(-1);
  return newest === undefined ? null : statSync(join(copiesFolder(dataDir), newest)).mtimeMs;
}

function copiesOf(dataDir: string, kind: CopyKind): string[] {
  const folder = copiesFolder(dataDir);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${kind}-`) && name.endsWith('.sqlite'))
    .sort();
}
