import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { rcloneBed } from './rclone.contract.js';
import type { RcloneBed } from './rclone.contract.js';

export const REST_MS = 60;
export const REMOTES = ['all', 'far'];

export interface RestingBed extends RcloneBed {
  /** How many daemons were started. */
  starts: () => Promise<number>;
}

/** An rclone that rests after a moment. The folder of `far` is reached through it. */
export async function restingBed(restMs = REST_MS): Promise<RestingBed> {
  const far = '[all]\ntype = combine\nupstreams = at={root}/far\n[far]\ntype = alias\nremote = all:at\n';
  const bed = await rcloneBed(far, { RCLONE_BINARY: '{root}/rclone-counted' }, { rcloneRestMs: restMs });
  await mkdir(join(bed.root, 'far'));
  await putBinary(bed);
  const starts = async (): Promise<number> =>
    (await readFile(join(bed.root, 'starts'), 'utf8').catch(() => '')).length;
  return { ...bed, starts };
}

/** The real rclone; every start of a daemon leaves a sign. */
export async function putBinary({ root, config }: Pick<RcloneBed, 'root' | 'config'>): Promise<void> {
  const script = `#!/bin/sh\n[ "$1" = rcd ] && printf x >> ${root}/starts\nexec rclone "$@"\n`;
  await writeFile(config.rcloneBinary, script, { mode: 0o755 });
}

export const rests = ({ daemon }: Pick<RcloneBed, 'daemon'>): Promise<void> =>
  until(() => daemon.status().state === 'resting');

/** A zombie does not. */
export const lives = async (pid: number | null): Promise<boolean> =>
  (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '')) !== '';

export async function until(what: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  for (let waited = 0; waited < timeoutMs; waited += 5) {
    if (await what()) return;
    await pause(5);
  }
  throw new Error('it did not happen in time');
}
