import { chmod, mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { encryptedEmptyConfig } from './encrypted-empty-config.js';
import { systemCode } from './error-code.js';

/**
 * Makes an rclone.conf without remotes where there is none, readable by the agent alone; it holds credentials.
 * @param pass with one, a file without remotes is encrypted from the beginning; one with remotes stays as its owner made it
 */
export async function ensureConfigFile(path: string, pass: string | null): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    // A mounted file may belong to somebody else; then its rights are that person's business.
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600).catch(() => undefined);
  }
  if (pass !== null && (await readFile(path, 'utf8')).trim() === '')
    await writeFile(path, encryptedEmptyConfig(pass));
}

/**
 * Puts a file that rclone could not read under another name beside it, so that the agent can begin with what it knows.
 * An encrypted one is left alone: a wrong password looks the same as damage.
 * @returns the other name; null = the file is readable, encrypted or not there
 */
export async function setDamagedAside(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (isReadable(text)) return null;
  const aside = `${path}.damaged-${Math.round((await stat(path)).mtimeMs)}`;
  await rename(path, aside);
  return aside;
}

/** Whether a daemon that starts now could read the file, as far as can be told from outside; no file is no. */
export async function isReadableFile(path: string): Promise<boolean> {
  return readFile(path, 'utf8').then(isReadable, () => false);
}

/** As rclone's own parser sees it: blank, comment, section or value; one other line and it reads nothing. */
function isReadable(text: string): boolean {
  if (/^RCLONE_ENCRYPT_V\d+:/m.test(text)) return true;
  return (
    !text.includes('\0') &&
    text.split('\n').every((line) => /^\s*(?:$|[#;]|\[.*\]\s*$|[^=:]+[=:])/.test(line))
  );
}

/** Changes when somebody edits the file or puts another in its place; '' when there is none. */
export async function configStamp(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found === null ? '' : `${found.mtimeMs} ${found.size} ${found.ino}`;
}
