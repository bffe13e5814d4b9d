import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { run, until } from '../bed/shell.js';
import { assertAll, copiesOf } from './assert-all.js';
import { tempFolder } from './disk.js';
import { startDriveBed } from './drive-bed.js';
import type { DriveBed } from './drive-bed.js';
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

describe('F31 a configuration that is lost', () => {
  afterEach(leave);
  const PASS = 'canary-pass-of-the-config';

  async function begin(env: Record<string, string> = {}): Promise<DriveBed & { conf: string }> {
    const conf = join(await tempFolder(), 'rclone.conf');
    const bed = await startDriveBed({ RCLONE_CONFIG: conf, ...env });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    return { ...bed, conf };
  }

  it.each<[what: string, spoil: (conf: string) => void, meanwhile: string | null]>([
    [
      'without the remote',
      (conf) => writeFileSync(conf, '[other]\ntype = local\n'),
      'destination-not-configured',
    ],
    [
      'cut before the token',
      (conf) => writeFileSync(conf, readFileSync(conf, 'utf8').replace(/^token = .*$/ms, '')),
      'destination-expired',
    ],
    // A daemon that cannot read the new file goes on with what it has.
    ['full of garbage', (conf) => writeFileSync(conf, 'no config\n\0\0'), null],
  ])(
    'F31: rclone.conf %s: the runs say what is wrong, and at the next start the remote is back',
    async (_, spoil, meanwhile) => {
      const bed = await begin();
      const earlier = await copiesOf(bed.agent);
      spoil(bed.conf);
      const job = await attempt(bed.agent, bed.appId);
      if (meanwhile === null) expect(job).toMatchObject({ outcome: 'succeeded' });
      else expect(job).toMatchObject({ outcome: 'failed', error: { code: meanwhile } });
      await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
      await bed.agent.kill('SIGTERM');
      await bed.agent.start();
      await bed.agent.says('put back into rclone.conf from the database: gdrive');
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
      await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
    },
    60_000,
  );

  it('F31: a wrong password for rclone.conf: nothing of it is touched, and the right one brings all back', async () => {
    const bed = await begin({ RCLONE_CONFIG_PASS: PASS });
    const earlier = await copiesOf(bed.agent);
    const before = readFileSync(bed.conf, 'utf8');
    expect(before).toContain('RCLONE_ENCRYPT');
    await bed.agent.kill('SIGTERM');
    await bed.agent.start({ RCLONE_CONFIG_PASS: 'canary-another' });
    expect((await bed.agent.api('GET', '/readyz')).status).toBe(503);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      error: { code: 'rclone-unavailable', detail: expect.stringMatching(/password/i) },
    });
    expect(readFileSync(bed.conf, 'utf8')).toBe(before);
    await bed.agent.kill('SIGTERM');
    await bed.agent.start();
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
    expect(bed.agent.log()).not.toContain('canary');
  }, 60_000);

  it('F31: rclone.conf that cannot be read: told, and as before once it can be', async () => {
    const bed = await begin();
    const earlier = await copiesOf(bed.agent);
    await bed.agent.kill('SIGTERM');
    // Root may read every file, but nobody reads a folder.
    renameSync(bed.conf, `${bed.conf}.aside`);
    mkdirSync(bed.conf);
    await bed.agent.start();
    expect((await bed.agent.api('GET', '/readyz')).status).toBe(503);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      error: { code: 'rclone-unavailable', detail: expect.stringContaining('rclone.conf') },
    });
    await run('rmdir', [bed.conf]);
    renameSync(`${bed.conf}.aside`, bed.conf);
    await until('a run that works', async () =>
      (await attempt(bed.agent, bed.appId)).outcome === 'succeeded' ? true : null,
    );
    await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
  }, 60_000);
});
