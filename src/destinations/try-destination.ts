import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { AppConfig } from '../config/app-config.js';
import { BackupFailure } from '../core/failure.js';
import type { Destination, StoredObject } from './destination.js';
import { openDestination } from './open-destination.js';
import { backendOf } from './rclone-backend.js';
import type { RcloneRc } from './rclone-rc.js';

/** Names by which objects that were only written to try a destination are known. */
const PROBE_PREFIX = '.backup-orchestrator-probe-';
/** Longer than any probe takes, with clocks of other agents that are not quite right. */
const LEFT_AFTER_MS = 3_600_000;
/** A person waits for the answer, and a server may ban who knocks too often. */
export const TRIES = 2;
const TRY_MS = 3 * 60_000;

/** @param fs remote with its folder, checked */
export async function openPlace(
  rc: RcloneRc,
  config: AppConfig,
  name: string,
  fs: string,
): Promise<Destination> {
  return openDestination(name, backendOf(fs, await rc.fsInfo(fs, TRIES)), rc, config);
}

/** Name of a probe for a person who waits: several may be under way, so each has its own. Says when it was made. */
export const freshProbe = (now: Date): string => `${PROBE_PREFIX}at-${now.getTime()}-${randomUUID()}`;

/** Name of the probe of the health check, of which there is one at a time. @param id of the destination's row */
export const healthProbe = (id: string): string => `${PROBE_PREFIX}health-${id}`;

/**
 * Takes away probes that a kill left: those of this health check, and those of others once they are old.
 * @param objects what lies at the root
 * @throws BackupFailure with what the destination said
 */
export async function clearLeftProbes(
  destination: Destination,
  objects: readonly StoredObject[],
  id: string,
  now: Date,
): Promise<void> {
  for (const { key } of objects) {
    const madeAt = Number(key.startsWith(`${PROBE_PREFIX}at-`) ? /-at-(\d+)-/.exec(key)?.[1] : Infinity);
    if (key.startsWith(healthProbe(id)) || madeAt < now.getTime() - LEFT_AFTER_MS)
      await destination.remove(key);
  }
}

/**
 * Writes a small object, reads it back and deletes it; what was written is taken away also when that fails.
 * @param sizeBytes at least; where it matters how long an object is
 * @throws BackupFailure with what the destination said
 */
export async function tryDestination(destination: Destination, key: string, sizeBytes = 0): Promise<void> {
  const line = `probe of the backup orchestrator, may be deleted: ${randomUUID()}\n`;
  const bytes = Buffer.concat([Buffer.from(line), randomBytes(Math.max(0, sizeBytes - line.length))]);
  // Where not even this is answered nothing was written, and nothing is to be taken away: that would only take long.
  await destination.stat(key);
  try {
    await destination.put(key, bytes);
    const read = await buffer(await destination.open(key, AbortSignal.timeout(TRY_MS)));
    if (!read.equals(bytes))
      throw new BackupFailure('verify-mismatch', { detail: 'the probe was not read back as it was written' });
  } catch (error) {
    await destination.remove(key).catch(() => undefined);
    await destination.remove(`${key}.partial`).catch(() => undefined);
    throw error;
  }
  await destination.remove(key);
}

/**
 * Makes the folder where it is missing.
 * @returns takes back the folders that were made, as far as they are empty
 */
export async function makeRemoteFolder(
  rc: RcloneRc,
  folders: { makeFolder(fs: string): Promise<void>; removeEmptyFolder(fs: string): Promise<void> },
  remote: string,
  folder: string,
): Promise<() => Promise<void>> {
  const root = folder.startsWith('/') ? '/' : '';
  const parts = folder.split('/').filter((part) => part !== '');
  await rc.fsInfo(`${remote}:${root}`, TRIES);
  const missing: string[] = [];
  // An account that may not look above its own folder is told so; the upload makes what is missing, or says why not.
  const isMissing = (): Promise<boolean> =>
    rc.stat(`${remote}:${root}`, parts.join('/')).then(
      (item) => item === null,
      () => false,
    );
  while (parts.length > 0 && (await isMissing())) {
    missing.push(`${remote}:${root}${parts.join('/')}`);
    parts.pop();
  }
  const [whole] = missing;
  if (whole !== undefined) await folders.makeFolder(whole);
  return async () => {
    for (const made of missing) await folders.removeEmptyFolder(made).catch(() => undefined);
  };
}
