import { BackupFailure } from '../core/failure.js';
import type { Destination } from '../destinations/destination.js';
import { folderOf, markerIn } from './object-name.js';

/**
 * Tells an unmounted or swapped destination from an empty one: every folder that we wrote into has our marker.
 * Without it, an object that is not there proves nothing.
 * @throws destination-changed
 */
export async function refuseOtherFolder(destination: Destination, objectKey: string): Promise<void> {
  const marker = markerIn(folderOf(objectKey));
  if ((await destination.stat(marker)) !== null) return;
  throw new BackupFailure('destination-changed', { detail: `${destination.name}:${marker} is not there` });
}
