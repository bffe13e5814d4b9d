import { BackupFailure } from '../core/failure.js';

/** With room for `.partial` in the 255 that file systems allow. */
const MAX_PART_BYTES = 245;
/** Not in any name: what some store, URL or shell of rclone would read as something else. */
const REFUSED = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029:"\\*?<>|]/u;

export interface SplitKey {
  folder: string;
  name: string;
}

/**
 * Folder and name of a key. Control characters, `..`, `:`, a leading `-` and the like are refused
 * before anything is called: rclone would take them for another remote, a flag or a parent folder.
 * @throws destination-error
 */
export function splitKey(key: string): SplitKey {
  const parts = partsOf(key);
  const name = parts.pop();
  if (name === undefined) throw refusal(key, 'it is empty');
  return { folder: parts.join('/'), name };
}

/** @returns `folder`, `''` for the root. @throws destination-error */
export function checkFolder(folder: string): string {
  return folder === '' ? '' : partsOf(folder).join('/');
}

function partsOf(path: string): string[] {
  const parts = path.split('/');
  for (const part of parts) {
    const why = whyRefused(part);
    if (why !== null) throw refusal(path, why);
  }
  return parts;
}

function whyRefused(part: string): string | null {
  if (part === '') return 'a part of it is empty';
  if (part === '.' || part === '..') return 'it points to another folder';
  if (part.startsWith('-')) return 'a part of it starts with a dash';
  if (part !== part.trim() || part.endsWith('.'))
    return 'a part of it starts or ends with a blank, or ends with a dot';
  if (REFUSED.test(part)) return 'it has a character that is not allowed';
  if (Buffer.byteLength(part) > MAX_PART_BYTES) return 'a part of it is too long';
  return null;
}

function refusal(path: string, why: string): BackupFailure {
  return new BackupFailure('destination-error', {
    detail: `refused the object name ${JSON.stringify(path.slice(0, 80))}: ${why}`,
    retry: 'never',
  });
}
