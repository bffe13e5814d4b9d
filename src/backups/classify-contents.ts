import type { StoredObject } from '../destinations/destination.js';
import { MANIFEST } from './manifest.js';
import type { Manifest } from './manifest.js';
import { manifestOf, partialOf } from './object-name.js';
import type { PlannedCopy } from './run.entity.js';

/** Why an object without a row is no backup yet; `adoptable`: its manifest says that it was one. */
export const UNKNOWN_REASONS = [
  'adoptable',
  'no-manifest',
  'partial',
  'manifest-alone',
  'manifest-unreadable',
  'manifest-other',
] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

/** An object that nothing is known of; `manifestKey` is the manifest beside it that has to be read first. */
export interface Unknown {
  object: StoredObject;
  reason: UnknownReason | null;
  manifestKey: string | null;
}

export interface Judged {
  reason: UnknownReason;
  manifest: Manifest | null;
}

const MANIFEST_END = '.manifest.json';
/** Markers of folders and destinations, and what the agent tries destinations with. */
const OURS = /(^|\/)\.backup-orchestrator[^/]*$/;
const KEY = /^(id|swarm|compose|name|manual):[^\p{Cc}\p{Cf}]{1,300}$/u;

/** Every name that a run uses or may have left. */
export function namesOf(planned: Pick<PlannedCopy, 'key' | 'partialKey'>): string[] {
  const { key, partialKey } = planned;
  return [key, partialKey, manifestOf(key), partialOf(manifestOf(key))];
}

/**
 * The objects of one folder that have no row, those with a manifest first, then by name, the newest first. Pure.
 * @param known keys with a row that was not deleted
 * @param planned names that runs under way use
 */
export function unknownIn(
  objects: readonly StoredObject[],
  known: ReadonlySet<string>,
  planned: ReadonlySet<string>,
): Unknown[] {
  const present = new Set(objects.map(({ key }) => key));
  const isStrange = ({ key }: StoredObject): boolean => {
    if (OURS.test(key) || known.has(key) || planned.has(key)) return false;
    if (!key.endsWith(MANIFEST_END)) return true;
    const object = key.slice(0, -MANIFEST_END.length);
    return !present.has(object) && !known.has(object);
  };
  return objects
    .filter(isStrange)
    .map((object) => {
      const manifestKey = present.has(manifestOf(object.key)) ? manifestOf(object.key) : null;
      return { object, reason: manifestKey === null ? reasonOf(object.key) : null, manifestKey };
    })
    .sort(
      (a, b) =>
        Number(a.manifestKey === null) - Number(b.manifestKey === null) ||
        (a.object.key < b.object.key ? 1 : -1),
    );
}

function reasonOf(key: string): UnknownReason {
  if (key.endsWith('.partial')) return 'partial';
  return key.endsWith(MANIFEST_END) ? 'manifest-alone' : 'no-manifest';
}

/** What the manifest beside an object makes of it. Pure. @param text null when it could not be read */
export function judgeManifest(object: StoredObject, text: string | null): Judged {
  const manifest = parse(text);
  if (manifest === null || !KEY.test(manifest.app.key))
    return { reason: 'manifest-unreadable', manifest: null };
  const isOfIt = manifest.object === object.key.split('/').at(-1) && manifest.size_bytes === object.sizeBytes;
  return { reason: isOfIt ? 'adoptable' : 'manifest-other', manifest: isOfIt ? manifest : null };
}

function parse(text: string | null): Manifest | null {
  try {
    return MANIFEST.safeParse(JSON.parse(text ?? '')).data ?? null;
  } catch {
    return null;
  }
}
