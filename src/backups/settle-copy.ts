import { BackupFailure } from '../core/failure.js';
import type { Destination, Sent, StoredObject } from '../destinations/destination.js';
import { backupRow, commitCopy } from './commit-copy.js';
import type { CommitOrder } from './commit-copy.js';
import type { FreshBackup } from './backup.entity.js';
import { manifestOf } from './object-name.js';
import type { PlannedCopy } from './run.entity.js';

/** What an interrupted run knew of its export; null when its source had not ended. */
export type Counted = Sent | null;

/**
 * Decides one copy of a run that did not end: promotes what is provably whole, deletes what is ours and is not, never guesses.
 * An object under a final name that does not match is left alone: it may be somebody else's.
 * @returns the row to record, or null when there is nothing to keep
 * @throws BackupFailure when the destination cannot be asked
 */
export async function settleCopy(
  destination: Destination,
  planned: PlannedCopy,
  counted: Counted,
  order: CommitOrder,
  id: string,
  signal: AbortSignal,
): Promise<FreshBackup | null> {
  const renames = planned.partialKey !== planned.key;
  const partial = await destination.stat(planned.partialKey);
  const whole = renames && partial === null ? await destination.stat(planned.key) : partial;
  if (whole === null) {
    await destination.abandon(planned.partialKey);
    await destination.remove(manifestOf(planned.key));
    return null;
  }
  const found = { ...planned, partialKey: whole.key };
  const row = counted === null ? null : await proven(destination, found, whole, counted, order, id, signal);
  if (row === null) {
    if (whole.key === planned.partialKey) await destination.abandon(planned.partialKey);
    return null;
  }
  // A manifest may be there already, from before the crash or cut by it: it is written anew.
  await destination.remove(manifestOf(planned.key));
  await commitCopy(destination, found, row, order, () => undefined);
  return row;
}

async function proven(
  destination: Destination,
  found: PlannedCopy,
  object: StoredObject,
  counted: Sent,
  order: CommitOrder,
  id: string,
  signal: AbortSignal,
): Promise<FreshBackup | null> {
  try {
    const verified = await destination.verify(object.key, counted, signal);
    return backupRow(id, order, found, counted, verified);
  } catch (error) {
    if (error instanceof BackupFailure && error.code === 'verify-mismatch') return null;
    throw error;
  }
}
