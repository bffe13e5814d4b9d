import { Inject, Injectable } from '@nestjs/common';
import { BackupFailure } from '../core/failure.js';
import { Destinations } from '../destinations/destination.js';
import type { Destination } from '../destinations/destination.js';
import { checkFolder } from '../destinations/object-key.js';
import { RootMarkers } from '../destinations/root-markers.js';
import { judgeManifest, unknownIn } from './classify-contents.js';
import type { Unknown, UnknownReason } from './classify-contents.js';
import { FolderOwners } from './folder-owners.js';
import type { Manifest } from './manifest.js';
import { folderOf, markerIn } from './object-name.js';
import { readSmall } from './read-small.js';
import { UsedFolders } from './used-folders.js';
import type { KnownPlace } from './used-folders.js';

export type FolderState = 'ours' | 'unmarked' | 'other-agent' | 'absent';

export interface ContentFolder {
  /** The destination, or the Drive folder of it, that `folder` lies in. */
  destination: string;
  /** Empty: the root of the destination, which is shown only when its own marker is gone. */
  folder: string;
  state: FolderState;
  /** Id of the other agent. */
  owner: string | null;
  /** Copies that have a row. */
  backups: number;
}

export interface UnknownObject {
  destination: string;
  objectKey: string;
  sizeBytes: number;
  reason: UnknownReason;
  /** What the manifest says of an adoptable object. */
  manifest: Manifest | null;
}

export interface Contents {
  folders: ContentFolder[];
  unknown: UnknownObject[];
  /** There is more than one look shows. */
  truncated: boolean;
}

/** Objects and folders that one look goes through. */
export const MOST_OBJECTS = 500;
const MOST_FOLDERS = 200;
const MOST_MANIFEST_BYTES = 16 * 1024;
/** Manifests that are read at a time. */
const AT_ONCE = 4;

interface Found {
  destination: Destination;
  unknown: Unknown;
}

/** What lies at a destination, as far as it is the agent's business. Looking changes nothing. */
@Injectable()
export class DestinationContents {
  constructor(
    private readonly destinations: Destinations,
    private readonly used: UsedFolders,
    private readonly owners: FolderOwners,
    @Inject(RootMarkers) private readonly roots: Pick<RootMarkers, 'isLost'>,
  ) {}

  /**
   * @param wanted keys to look at; without them all
   * @throws BackupFailure when the destination cannot be asked
   */
  async look(name: string, signal: AbortSignal, wanted?: ReadonlySet<string>): Promise<Contents> {
    const folders: ContentFolder[] = [];
    const found: Found[] = [];
    let truncated = false;
    const isAsked = askedIn(wanted);
    for (const place of await this.used.of(name)) {
      const root = place.destination === name ? await this.lostRoot(place) : null;
      if (root !== null) folders.push(root);
      const destination = await this.destinations.byName(place.destination);
      const top = (await destination.folders('')).filter(mayBeOurs).sort();
      if (top.length > MOST_FOLDERS) truncated = true;
      for (const folder of [...new Set([...place.folders, ...top.slice(0, MOST_FOLDERS)])]
        .filter(isAsked)
        .sort()) {
        if (signal.aborted) throw new BackupFailure('cancelled');
        const seen = await this.folderIn(destination, place, folder, signal);
        if (seen !== null) folders.push(seen);
        if (seen?.state !== 'ours' && seen?.state !== 'other-agent') continue;
        const unknown = unknownIn(await destination.list(folder), place.copies, place.planned);
        found.push(...unknown.map((one) => ({ destination, unknown: one })));
      }
    }
    const asked =
      wanted === undefined ? found : found.filter(({ unknown }) => wanted.has(unknown.object.key));
    return {
      folders,
      unknown: await this.judgeAll(asked.slice(0, MOST_OBJECTS), signal),
      truncated: truncated || asked.length > MOST_OBJECTS,
    };
  }

  /** @returns null for a folder that is nobody's business here: neither used nor marked */
  async folder(
    name: string,
    at: Pick<ContentFolder, 'destination' | 'folder'>,
    signal: AbortSignal,
  ): Promise<ContentFolder | null> {
    const place = (await this.used.of(name)).find(({ destination }) => destination === at.destination);
    if (place === undefined) return null;
    if (at.folder === '' && at.destination === name)
      return (await this.lostRoot(place)) ?? { ...rootOf(place), state: 'ours' };
    if (!mayBeOurs(at.folder)) return null;
    return this.folderIn(await this.destinations.byName(at.destination), place, at.folder, signal);
  }

  private async lostRoot(place: KnownPlace): Promise<ContentFolder | null> {
    return (await this.roots.isLost(place.destination)) ? rootOf(place) : null;
  }

  private async folderIn(
    destination: Destination,
    { copies, folders }: KnownPlace,
    folder: string,
    signal: AbortSignal,
  ): Promise<ContentFolder | null> {
    const backups = [...copies].filter((key) => folderOf(key) === folder).length;
    const seen = { destination: destination.name, folder, backups };
    if ((await destination.stat(markerIn(folder))) !== null) {
      const owner = await this.owners.otherOwner(destination, folder, signal);
      return { ...seen, owner, state: owner === null ? 'ours' : 'other-agent' };
    }
    if (!folders.has(folder)) return null;
    const isEmpty =
      (await destination.list(folder)).length === 0 && (await destination.folders(folder)).length === 0;
    return { ...seen, owner: null, state: isEmpty ? 'absent' : 'unmarked' };
  }

  private async judgeAll(found: readonly Found[], signal: AbortSignal): Promise<UnknownObject[]> {
    const judged: UnknownObject[] = [];
    for (let at = 0; at < found.length; at += AT_ONCE)
      judged.push(...(await Promise.all(found.slice(at, at + AT_ONCE).map((one) => judge(one, signal)))));
    return judged;
  }
}

/** Whether a folder has to be looked into: for some objects, theirs are enough. */
function askedIn(wanted: ReadonlySet<string> | undefined): (folder: string) => boolean {
  if (wanted === undefined) return () => true;
  const folders = new Set([...wanted].map(folderOf));
  return (folder) => folders.has(folder);
}

/** The folder that an object lies in, as the same look saw it. */
export function folderWith(
  folders: readonly ContentFolder[],
  { destination, objectKey }: Pick<UnknownObject, 'destination' | 'objectKey'>,
): ContentFolder | undefined {
  return folders.find((one) => one.destination === destination && one.folder === folderOf(objectKey));
}

function rootOf({ destination, copies }: KnownPlace): ContentFolder {
  return { destination, folder: '', state: 'unmarked', owner: null, backups: copies.size };
}

/** Folders of others may have names that no destination takes. */
function mayBeOurs(folder: string): boolean {
  try {
    return checkFolder(folder) !== '';
  } catch {
    return false;
  }
}

async function judge({ destination, unknown }: Found, signal: AbortSignal): Promise<UnknownObject> {
  const { object, reason, manifestKey } = unknown;
  const said = { destination: destination.name, objectKey: object.key, sizeBytes: object.sizeBytes };
  if (manifestKey === null) return { ...said, reason: reason ?? 'no-manifest', manifest: null };
  return { ...said, ...judgeManifest(object, await manifestText(destination, manifestKey, signal)) };
}

/** @returns null when it is too large, has gone, or has a name that no destination takes */
async function manifestText(
  destination: Destination,
  key: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await readSmall(destination, key, MOST_MANIFEST_BYTES, signal);
  } catch (error) {
    if (error instanceof BackupFailure && UNREADABLE.has(error.code)) return null;
    throw error;
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['copy-missing', 'destination-error']);
