import type { Run } from '../backups/run.entity.js';

type Place = Pick<Run, 'queuedAt' | 'id'>;

/** Where a page of runs ended, for the address of the next one. */
export const writeCursor = ({ queuedAt, id }: Place): string =>
  Buffer.from(`${queuedAt.toISOString()} ${id}`).toString('base64url');

/** @returns null when it is not one of ours */
export function readCursor(cursor: string): Place | null {
  const [instant = '', id] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const queuedAt = new Date(instant);
  return Number.isNaN(queuedAt.getTime()) || id === undefined ? null : { queuedAt, id };
}
