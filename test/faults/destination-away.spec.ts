import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../bed/shell.js';
import { leave } from '../bed/cleanup.js';
import { assertAll, copiesOf } from './assert-all.js';
import { filesBelow } from './files.js';
import { mountFolder, tempFolder, unmount } from './disk.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

const MIB = 1024 * 1024;

describe('F20 a disk that is not mounted', () => {
  let bed: FaultBed;
  /** Where the agent looks, and what is mounted there. */
  let root: string;
  let disk: string;
  beforeEach(async () => {
    const folder = await tempFolder();
    [root, disk] = [join(folder, 'mount-point'), join(folder, 'disk')];
    await mountFolder(disk, root);
    bed = await startFaultBed({ LOCAL_BACKUPS_DIR: root }, { sizeBytes: MIB });
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { retention: 'last=1,min=1' });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
  }, 30_000);
  afterEach(leave);

  it('F20: nothing is written below its mount point, nothing is pruned, no row is lost', async () => {
    const earlier = await copiesOf(bed.agent);
    await unmount(root);
    for (const when of ['while it runs', 'after a start']) {
      const job = await attempt(bed.agent, bed.appId);
      expect({ when, ...job }).toMatchObject({
        when,
        outcome: 'failed',
        error: { code: 'destination-changed', message: expect.stringContaining('marker') },
      });
      expect(filesBelow(root)).toEqual([]);
      expect(await copiesOf(bed.agent)).toEqual(earlier);
      await bed.agent.kill('SIGTERM');
      await bed.agent.start();
    }
    await assertAll(bed.agent, { local: disk }, earlier);
    await mountFolder(disk, root);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    await assertAll(bed.agent, { local: root });
    expect(await copiesOf(bed.agent)).toHaveLength(1);
  }, 60_000);

  it('F20: one that goes in mid-upload: the run says so, and what was begun on it is removed when it is back', async () => {
    const earlier = await copiesOf(bed.agent);
    bed.app.control({ sizeBytes: 32 * MIB, pauseMs: 2 });
    const running = attempt(bed.agent, bed.appId);
    await until('some megabytes', () => (bed.app.sentBytes() > 8 * MIB ? true : null));
    await unmount(root);
    expect(await running).toMatchObject({ outcome: 'failed', error: { code: 'destination-changed' } });
    expect(filesBelow(root)).toEqual([]);
    await bed.agent.kill('SIGKILL');
    await bed.agent.start();
    await mountFolder(disk, root);
    bed.app.control({ sizeBytes: MIB, pauseMs: 0 });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, { local: root });
    expect(await copiesOf(bed.agent)).not.toContainEqual(expect.objectContaining({ id: earlier[0]?.id }));
  }, 60_000);
});
