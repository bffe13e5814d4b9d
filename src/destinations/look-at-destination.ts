import { BackupFailure } from '../core/failure.js';
import type { Destination } from './destination.js';
import type { DestinationRow } from './destination.entity.js';
import type { RcloneConfig } from './rclone-config.js';
import { clearLeftProbes, healthProbe, tryDestination } from './try-destination.js';

/** Tells the folder of this destination from an empty one under a mount point, and from another one's. */
export const DESTINATION_MARKER = '.backup-orchestrator-destination.json';

export interface Space {
  totalBytes: number | null;
  freeBytes: number | null;
}

export interface LookedAt extends Space {
  /** Whether the marker was left now. */
  marked: boolean;
  /** Less free than the agent was told to warn about. */
  isNearlyFull: boolean;
}

/**
 * Reachable, authorised, the same folder as ever, writable, and how full.
 * @param isMarked whether the marker was left there before
 * @param isRootOfBuckets nothing can be written at the root of a bucket store: only reaching it is tried
 * @throws BackupFailure with what is wrong; destination-changed when the marker is gone, and then nothing was written
 */
export async function lookAtDestination(
  destination: Destination,
  order: { id: string; now: Date; isMarked: boolean; isRootOfBuckets: boolean; warnPercent: number },
  space: () => Promise<Space>,
): Promise<LookedAt> {
  let marked = false;
  if (order.isRootOfBuckets) await destination.folders('');
  else {
    const objects = await destination.list('');
    marked = await checkRootMarker(destination, order.id, order.isMarked);
    await clearLeftProbes(destination, objects, order.id, order.now);
    await tryDestination(destination, healthProbe(order.id));
  }
  const found = await space();
  return { ...found, marked, isNearlyFull: isNearlyFull(found, order.warnPercent) };
}

async function checkRootMarker(destination: Destination, id: string, isMarked: boolean): Promise<boolean> {
  if ((await destination.stat(DESTINATION_MARKER)) !== null) return false;
  if (isMarked)
    throw new BackupFailure('destination-changed', { detail: `${DESTINATION_MARKER} is not there` });
  const mark = `${JSON.stringify({ schema: 1, made_by: 'backup-orchestrator', destination: id })}\n`;
  await destination.put(DESTINATION_MARKER, Buffer.from(mark));
  return true;
}

export function isNearlyFull(space: Space, warnPercent: number): boolean {
  const { totalBytes, freeBytes } = space;
  if (totalBytes === null || freeBytes === null || totalBytes <= 0) return false;
  return freeBytes * 100 < totalBytes * warnPercent;
}

/** @returns nulls where the backend can't say: that is no fault */
export async function spaceAt(conf: RcloneConfig, fs: string): Promise<Space> {
  return conf.about(fs).catch(() => ({ totalBytes: null, freeBytes: null }));
}

/** What is noted about a destination that was looked at. */
export function healthFrom(
  row: DestinationRow,
  result: LookedAt | BackupFailure,
  now: Date,
): Pick<
  DestinationRow,
  | 'healthState'
  | 'healthCode'
  | 'healthDetail'
  | 'checkedAt'
  | 'unwellSince'
  | 'markedAt'
  | 'totalBytes'
  | 'freeBytes'
> {
  const base = {
    checkedAt: now,
    markedAt: row.markedAt,
    totalBytes: row.totalBytes,
    freeBytes: row.freeBytes,
  };
  const unwellSince = row.unwellSince ?? now;
  if (result instanceof BackupFailure) {
    const healthState = ASKS_A_PERSON.has(result.code) ? 'needs-authorisation' : 'failing';
    return { ...base, healthState, healthCode: result.code, healthDetail: result.detail, unwellSince };
  }
  const { totalBytes, freeBytes } = result;
  const seen = { ...base, totalBytes, freeBytes, markedAt: row.markedAt ?? (result.marked ? now : null) };
  if (result.isNearlyFull)
    return {
      ...seen,
      healthState: 'warning',
      healthCode: 'destination-nearly-full',
      healthDetail: null,
      unwellSince,
    };
  return { ...seen, healthState: 'ok', healthCode: null, healthDetail: null, unwellSince: null };
}

const ASKS_A_PERSON: ReadonlySet<string> = new Set([
  'destination-auth',
  'destination-expired',
  'destination-host-key',
]);
