import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './error-code.js';

/** Makes an empty rclone.conf where there is none, readable by the agent alone; it holds credentials. */
export async function ensureConfigFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    // A mounted file may belong to somebody else; then its rights are that person's business.
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600).catch(() => undefined);
  }
}

/** Changes when somebody edits the file; 0 when there is none. */
export async function configStamp(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? 0;
}
