import { BackupFailure } from '../core/failure.js';
import type { Destination } from '../destinations/destination.js';
import type { Catalog } from './catalog.js';
import { folderOf, manifestOf, markerIn, objectName, partialOf } from './object-name.js';
import { refuseOtherFolder } from './same-folder.js';

const MOST_IN_A_MINUTE = 100;

/** A final name that neither the destination nor the catalog has ever used. */
export async function freeKey(
  destination: Destination,
  catalog: Catalog,
  wanted: { folder: string; stem: string; at: Date; timezone: string; extension: string },
): Promise<string> {
  for (let nth = 1; nth <= MOST_IN_A_MINUTE; nth += 1) {
    const key = `${wanted.folder}/${objectName(wanted.stem, wanted.at, wanted.timezone, wanted.extension, nth)}`;
    if (await catalog.knows(destination.name, key)) continue;
    const names = [key, partialOf(key), manifestOf(key)];
    const taken = await Promise.all(names.map((name) => destination.stat(name)));
    if (taken.every((object) => object === null)) return key;
  }
  throw new BackupFailure('object-exists', { detail: `${wanted.folder}/${wanted.stem}` });
}

/**
 * Tells an unmounted or swapped destination from an empty one: where we know of a copy, its folder has our marker.
 * A folder that is used for the first time gets one.
 * @throws destination-changed
 */
export async function checkMarker(
  destination: Destination,
  catalog: Catalog,
  appId: string,
  folder: string,
  mark: Buffer,
): Promise<void> {
  const known = await catalog.newestAt(destination.name, appId);
  if (known !== null) await refuseOtherFolder(destination, known.objectKey);
  if (
    (known !== null && folderOf(known.objectKey) === folder) ||
    (await destination.stat(markerIn(folder))) !== null
  )
    return;
  try {
    await destination.put(markerIn(folder), mark);
  } catch (error) {
    // Another app with the same folder was quicker.
    if (!(error instanceof BackupFailure && error.code === 'object-exists')) throw error;
  }
}
