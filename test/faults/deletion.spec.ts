import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { run, until } from '../bed/shell.js';
import { assertAll, copiesOf, finalsBelow } from './assert-all.js';
import { unmount } from './disk.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';
import { startS3Bed } from './s3-bed.js';

const DAY_MS = 86_400_000;
const DATABASE = 'orchestrator.sqlite';

const keep = (bed: FaultBed, retention: string): Promise<unknown> =>
  bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { retention });

/** Also those that the API no longer shows: rows are never erased. */
async function statesOf(bed: FaultBed): Promise<string[]> {
  const sql = 'SELECT state FROM backups ORDER BY seq;';
  const { stdout } = await run('sqlite3', ['-cmd', '.timeout 5000', join(bed.agent.dataDir, DATABASE), sql]);
  return stdout.split('\n');
}

describe('F42 deleting old copies goes wrong', () => {
  afterEach(leave);

  it('F42: one cannot be deleted: the run warns, its row waits as `deleting`, and the next run deletes it', async () => {
    const bed = await startFaultBed({}, { sizeBytes: 4096 });
    await keep(bed, 'last=2,min=1');
    for (const _ of [1, 2])
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    const [newer, oldest] = await copiesOf(bed.agent);
    const path = join(bed.roots['local']!, oldest!.object_key);
    // Nobody, not even root, may delete what something is mounted on.
    await run('mount', ['--bind', path, path]);
    for (const _ of [1, 2]) {
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({
        outcome: 'succeeded',
        warnings: [{ code: 'prune-failed', message: expect.stringContaining('busy') }],
      });
      expect((await copiesOf(bed.agent)).at(-1)).toMatchObject({ id: oldest!.id, state: 'deleting' });
      await assertAll(bed.agent, bed.roots, [newer!]);
    }
    await unmount(path);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    expect(await statesOf(bed)).toEqual(['deleted', 'deleted', 'deleted', 'verified', 'verified']);
    await assertAll(bed.agent, bed.roots);
  }, 60_000);

  it('F42: a deletion that answers an error and took effect: the next run proves that it is gone', async () => {
    const bed = await startS3Bed({ sizeBytes: 4096 });
    await keep(bed, 'last=1,min=1');
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    bed.s3.faults.push({
      on: 'DELETE object',
      times: 1,
      status: 403,
      code: 'AccessDenied',
      afterEffect: true,
    });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'succeeded',
      warnings: [{ code: 'prune-failed', message: expect.stringContaining('AccessDenied') }],
    });
    expect(await statesOf(bed)).toEqual(['deleting', 'verified']);
    await assertAll(bed.agent, { store: bed.shelf });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    expect(await statesOf(bed)).toEqual(['deleted', 'deleted', 'verified']);
    // Nothing of the deleted ones is left, their manifests neither.
    expect(bed.shelf.names().filter((name) => name.endsWith('.manifest.json'))).toHaveLength(1);
    await assertAll(bed.agent, { store: bed.shelf });
  }, 60_000);

  it('F42: kill -9 half way through ten: no row and no good copy is lost, and the next run goes on', async () => {
    const bed = await startFaultBed({}, { sizeBytes: 4096 });
    const root = bed.roots['local']!;
    await attempt(bed.agent, bed.appId);
    await multiply(bed, 33);
    const earlier = (await copiesOf(bed.agent)).slice(0, 20);
    await keep(bed, 'last=25,min=1');
    await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`);
    await until(
      'half of them',
      () =>
        finalsBelow(root).length <= 31 && !finalsBelow(root).some((name) => name.endsWith('.partial'))
          ? true
          : null,
      30_000,
      1,
    );
    await bed.agent.kill('SIGKILL');
    await bed.agent.start();
    await until('the end of all runs', async () =>
      (await bed.agent.api('GET', '/api/jobs?state=finished')).body.items.length === 2 ? true : null,
    );
    const half = await statesOf(bed);
    process.stdout.write(`F42: killed after ${half.filter((state) => state === 'deleted').length} of 10\n`);
    await assertAll(bed.agent, bed.roots, earlier);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    const states = await statesOf(bed);
    expect(states).toHaveLength(36);
    expect(states.slice(0, 11).every((state) => state === 'deleted')).toBe(true);
    expect(states.slice(11).every((state) => state === 'verified')).toBe(true);
    expect(finalsBelow(root)).toHaveLength(25);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 60_000);
});

/** Makes `count` older copies of the only one there is, as if each had been made by a run. */
async function multiply(bed: FaultBed, count: number): Promise<void> {
  const [only] = await copiesOf(bed.agent);
  const root = bed.roots['local']!;
  const rows = Array.from({ length: count }, (_, nth) => {
    const key = `${dirname(only!.object_key)}/older_${String(nth).padStart(2, '0')}.dump`;
    for (const tail of ['', '.manifest.json'])
      copyFileSync(join(root, only!.object_key + tail), join(root, key + tail));
    const at = new Date(Date.now() - 60 * DAY_MS + nth * 1000).toISOString();
    return `UPDATE older SET id = 'older-${nth}', object_key = '${key}', created_at = '${at}', seq = ${nth - count};
      INSERT INTO backups SELECT * FROM older;`;
  });
  const sql = `BEGIN; CREATE TEMP TABLE older AS SELECT * FROM backups; ${rows.join('')} COMMIT;`;
  await run('sqlite3', ['-cmd', '.timeout 5000', join(bed.agent.dataDir, DATABASE), sql]);
}
