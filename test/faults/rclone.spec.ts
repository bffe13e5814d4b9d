import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { run, until } from '../bed/shell.js';
import { assertAll } from './assert-all.js';
import { tempFolder } from './disk.js';
import { attempt, startFaultBed } from './harness.js';

const VERSION = `if [ "$1" = version ]; then echo 'rclone v1.66.0'; exit 0; fi`;

describe('F30 an rclone that is none', () => {
  afterEach(leave);

  it.each<[what: string, script: string | null, mode: number, says: RegExp]>([
    ['is missing', null, 0, /ENOENT/],
    ['is not executable', 'exit 0', 0o644, /EACCES/],
    ['is too old', `echo 'rclone v1.50.2'`, 0o755, /too old/],
    ['hangs when it is asked for its version', 'sleep 60', 0o755, /did not answer|does not answer/],
    ['hangs at its start', `${VERSION}\nsleep 60`, 0o755, /did not answer/],
    ['prints garbage for ever', `exec tr '\\0' 'x' </dev/zero`, 0o755, /does not answer/],
  ])(
    'F30: one that %s: pages and API are there, health says so, runs fail at once, and a right one heals it',
    async (_, script, mode, says) => {
      const binary = join(await tempFolder(), 'rclone');
      if (script !== null) {
        writeFileSync(binary, `#!/bin/sh\n${script}\n`);
        chmodSync(binary, mode);
      }
      const bed = await startFaultBed({ RCLONE_BINARY: binary, RCLONE_START_TIMEOUT_S: '2' });
      const ready = await bed.agent.api('GET', '/readyz');
      expect(ready).toMatchObject({ status: 503, body: { status: 'degraded', rclone: 'down', db: 'ok' } });
      expect((await fetch(`${bed.agent.url}/login`)).status).toBe(200);
      const job = await attempt(bed.agent, bed.appId);
      expect(job).toMatchObject({
        outcome: 'failed',
        error: { code: 'rclone-unavailable', detail: expect.stringMatching(says) },
      });
      // The app was not asked for bytes that have nowhere to go.
      expect(bed.app.sentBytes()).toBe(0);
      await assertAll(bed.agent, bed.roots);
      copyFileSync((await run('sh', ['-c', 'command -v rclone'])).stdout, binary);
      chmodSync(binary, 0o755);
      await until('a run that works', async () =>
        (await attempt(bed.agent, bed.appId)).outcome === 'succeeded' ? true : null,
      );
      await assertAll(bed.agent, bed.roots);
    },
    60_000,
  );
});
