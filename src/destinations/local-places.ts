import { mkdir, realpath, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import { checkPlace } from './destination-names.js';
import { DestinationRefusal } from './destination-refusal.js';

type Roots = Pick<AppConfig, 'localDirectories' | 'localDirectoriesRoot' | 'localBackupsDir'>;

/** The folders of this machine below which local destinations may lie. */
export function localRoots(config: Roots): string[] {
  const roots = [
    ...config.localDirectories.map(({ path }) => path),
    config.localDirectoriesRoot,
    config.localBackupsDir,
  ];
  return roots.filter((path) => path !== null);
}

/**
 * Checks a folder of this machine and makes it where it is missing. Links are followed before it is judged.
 * @returns its real path, and how to take back what was made
 * @throws DestinationRefusal folder-invalid, folder-not-allowed
 */
export async function makeLocalFolder(
  config: Roots,
  path: string,
): Promise<{ path: string; undo: () => Promise<void> }> {
  if (!path.startsWith('/')) throw new DestinationRefusal('folder-invalid', 'path');
  const wanted = checkPlace(path, 'path');
  const missing: string[] = [];
  let there = wanted;
  for (; !(await exists(there)); there = dirname(there))
    missing.unshift(there.slice(dirname(there).length).replace(/^\//, ''));
  const real = await realpath(there);
  if (!(await isAllowed(config, real, join(real, ...missing))))
    throw new DestinationRefusal('folder-not-allowed', 'path');
  const made: string[] = [];
  for (const name of missing) {
    const folder = join(made.at(-1) ?? real, name);
    await mkdir(folder, { mode: 0o700 });
    made.push(folder);
  }
  const undo = async (): Promise<void> => {
    for (const folder of [...made].reverse()) await rmdir(folder).catch(() => undefined);
  };
  return { path: made.at(-1) ?? real, undo };
}

/** Below a root that exists: a root that is missing may be a disk that is not mounted. */
async function isAllowed(config: Roots, there: string, whole: string): Promise<boolean> {
  for (const root of localRoots(config)) {
    const real = await realpath(root).catch(() => null);
    if (real === null) continue;
    if ((there === real || there.startsWith(`${real}/`)) && whole !== '/') return true;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
