import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from '../bed/cleanup.js';
import { onEnd } from '../bed/reaper.js';
import { run } from '../bed/shell.js';

/** A folder that is removed at the end, with all that is mounted below it, also when Jest is killed. */
export async function tempFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-faults-'));
  atEnd(await onEnd({ remove: folder }));
  return folder;
}

/** Mounts a file system in memory of that size; what the folder held is hidden until `unmount`. */
export async function mountDisk(folder: string, size: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
}

/** Shows `disk` at `folder`, as a mount of a disk would; after `unmount` both are there, and `folder` is empty. */
export async function mountFolder(disk: string, folder: string): Promise<void> {
  for (const path of [disk, folder]) mkdirSync(path, { recursive: true });
  await run('mount', ['--bind', disk, folder]);
}

/** Lazily: somebody may still hold a file that was deleted. */
export async function unmount(folder: string): Promise<void> {
  await run('umount', ['-l', folder]);
}

export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const TRIES = 50;

/** Leaves just so much space. @returns the path of the file that takes the rest */
export function fillDisk(folder: string, leaveBytes: number): string {
  const path = join(folder, 'ballast');
  for (let left = TRIES; ; left -= 1) {
    try {
      writeFileSync(path, Buffer.alloc(Math.max(0, freeBytes(folder) - leaveBytes), 'b'));
      return path;
    } catch (error) {
      // An agent that lives there may have written between the question and the answer.
      if (left === 0 || (error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      rmSync(path, { force: true });
    }
  }
}
