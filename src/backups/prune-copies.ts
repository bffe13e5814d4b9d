import { JUMP_MS } from '../core/clock-watch.js';
import { messageOf } from '../core/failure.js';
import type { RunWarning } from '../core/warning-texts.js';
import type { Destination, StoredObject } from '../destinations/destination.js';
import { planRetention } from '../retention/plan-retention.js';
import { toCopy } from './backup.entity.js';
import type { Backup } from './backup.entity.js';
import type { BackupIo, BackupOrder } from './backup-order.js';
import type { Note } from './copy-under-way.js';
import { folderOf, manifestOf } from './object-name.js';

/** More deletions than this in one pass wait for a person: the larger of 3 and 30 % of the copies. */
export function brakeOf(copies: number): number {
  return Math.max(3, Math.floor(copies * 0.3));
}

type Pruning = Pick<BackupIo, 'catalog' | 'now'>;
type Policy = Pick<BackupOrder, 'appId' | 'retention' | 'timezone'>;

/**
 * One retention pass for one app at one destination, after `newest` was stored and verified there.
 * Needs a fresh listing that shows it; deletes oldest first; stops at the first error; never throws.
 * @param byHand a person asked for it, so the brake does not apply
 */
export async function pruneCopies(
  destination: Destination,
  newest: Backup,
  order: Policy,
  io: Pruning,
  note: Note,
  byHand = false,
): Promise<RunWarning[]> {
  try {
    const rows = (await io.catalog.ofApp(order.appId)).filter((row) => row.destination === destination.name);
    const ahead = rows.find(
      (row) => row.state === 'verified' && row.createdAt.getTime() > io.now().getTime() + JUMP_MS,
    );
    if (ahead !== undefined && !byHand) return [{ code: 'clock-moved', detail: ahead.objectKey }];
    const listing = await listAll(destination, rows);
    const shown = listing.get(newest.objectKey);
    if (shown?.sizeBytes !== newest.sizeBytes) return [{ code: 'prune-refused', detail: newest.objectKey }];
    const warnings = await markAbsent(destination, rows, listing, io);
    const begun = rows.filter((row) => row.state === 'deleting');
    const rest = rows.filter((row) => row.state !== 'deleting');
    const plan = planRetention(rest.map(toCopy), order.retention, order.timezone, io.now());
    const remove = async (row: Backup | undefined): Promise<void> => {
      if (row === undefined || row.id === newest.id || row.pinned)
        throw new Error(`refused to delete ${row?.objectKey ?? 'a copy'}: it is not in the plan`);
      await removeCopy(destination, row, io);
      note(`${destination.name}: deleted ${row.objectKey}`);
    };
    // What was begun has passed the brake: it is finished, also when the rest has to wait for a person.
    for (const row of begun) await remove(row);
    if (!byHand && plan.remove.length > brakeOf(rows.length)) {
      return [...warnings, { code: 'prune-brake', detail: `${plan.remove.length} of ${rows.length}` }];
    }
    for (const id of plan.remove) await remove(rest.find((row) => row.id === id));
    return warnings;
  } catch (error) {
    return [{ code: 'prune-failed', detail: `${destination.name}: ${messageOf(error)}` }];
  }
}

/** Two-phase: intent, object, proof of absence (by `remove`), manifest, history. */
export async function removeCopy(
  destination: Destination,
  row: Backup,
  io: Pick<BackupIo, 'catalog'>,
): Promise<void> {
  await io.catalog.setState(row.id, 'deleting');
  await destination.remove(row.objectKey);
  await destination.remove(manifestOf(row.objectKey));
  await io.catalog.setState(row.id, 'deleted');
}

async function listAll(
  destination: Destination,
  rows: readonly Backup[],
): Promise<Map<string, StoredObject>> {
  const folders = new Set(rows.map((row) => folderOf(row.objectKey)));
  const listings = await Promise.all([...folders].map((folder) => destination.list(folder)));
  return new Map(listings.flat().map((object) => [object.key, object]));
}

/**
 * A copy that is gone or has another size is no longer good; its row stays and says so.
 * @throws when the listing hides an object that is there: then nothing of it can be trusted
 */
async function markAbsent(
  destination: Destination,
  rows: Backup[],
  listing: Map<string, StoredObject>,
  io: Pruning,
): Promise<RunWarning[]> {
  const warnings: RunWarning[] = [];
  for (const row of rows.filter(({ state }) => state === 'verified' || state === 'suspicious')) {
    const listed = listing.get(row.objectKey);
    if (listed?.sizeBytes === row.sizeBytes) continue;
    if (listed === undefined && (await destination.stat(row.objectKey)) !== null) {
      throw new Error(`the listing does not show ${row.objectKey}, which is there`);
    }
    row.state = listed === undefined ? 'missing' : 'corrupt';
    await io.catalog.setState(row.id, row.state);
    warnings.push({ code: listed === undefined ? 'copy-missing' : 'copy-changed', detail: row.objectKey });
  }
  return warnings;
}
