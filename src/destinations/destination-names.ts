import { DestinationRefusal } from './destination-refusal.js';
import { checkFolder } from './object-key.js';

/** Narrower than what rclone takes: also a file name, a label value and part of a URL. */
const NEW_NAME = /^[A-Za-z0-9][\w.-]{0,62}$/;
const DRAFT_NAME = /^draft-[0-9a-f]{12}$/;

/** A remote that is being tried out and is nobody's destination. */
export function isDraftName(name: string): boolean {
  return DRAFT_NAME.test(name);
}

/** @throws DestinationRefusal name-invalid */
export function checkNewName(name: string): string {
  if (!NEW_NAME.test(name) || name.includes('..') || name.endsWith('.') || isDraftName(name))
    throw new DestinationRefusal('name-invalid', 'name');
  return name;
}

/**
 * A folder below the root of a remote, without a slash at its end; one at its beginning stays (SFTP).
 * @throws DestinationRefusal folder-invalid
 */
export function checkPlace(folder: string, field = 'folder'): string {
  const absolute = folder.startsWith('/');
  const rest = folder.replace(/^\/|\/$/g, '');
  try {
    return `${absolute ? '/' : ''}${checkFolder(rest)}`;
  } catch {
    throw new DestinationRefusal('folder-invalid', field);
  }
}
