import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { assertAll, copiesOf } from './assert-all.js';
import { filesBelow } from './files.js';
import type { Copy } from './assert-all.js';
import { fillDisk, freeBytes, mountDisk, tempFolder, unmount } from './disk.js';
import { startDriveBed } from './drive-bed.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';
import { startSftpBed } from './sftp-bed.js';

const MIB = 1024 * 1024;

describe('a destination without space', () => {
  afterEach(leave);

  it.each([
    ['in the middle of the stream', (): number => 20 * MIB],
    ['once the whole stream is there, at the manifest', (disk: string): number => freeBytes(disk)],
  ])(
    'F17 a local disk that is full %s: the older copies stay, and nothing is left',
    async (_, sizeAt) => {
      const root = join(await tempFolder(), 'disk');
      await mountDisk(root, '8m');
      const bed = await startFaultBed({ LOCAL_BACKUPS_DIR: root }, { sizeBytes: MIB });
      const roots = { local: root };
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
      const earlier = await copiesOf(bed.agent);
      const before = filesBelow(root);
      bed.app.control({ sizeBytes: sizeAt(root) });
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({
        outcome: 'failed',
        error: { code: 'destination-full', message: expect.stringContaining('full') },
        copies: [{ destination: 'local', outcome: 'failed' }],
      });
      expect(filesBelow(root)).toEqual(before);
      await assertAll(bed.agent, roots, earlier);
      bed.app.control({ sizeBytes: MIB });
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
      await assertAll(bed.agent, roots, earlier);
    },
    60_000,
  );

  it('F17 a local disk that is full at the first byte: no empty file stays, and the other destination has its copy', async () => {
    const root = join(await tempFolder(), 'disk');
    await mountDisk(root, '8m');
    const bed = await startFaultBed({ LOCAL_BACKUPS_DIR: root }, { sizeBytes: MIB }, 'local,second');
    const roots = { local: root, second: bed.roots['second']! };
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    const earlier = await copiesOf(bed.agent);
    const before = filesBelow(root);
    const ballast = fillDisk(root, 0);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'partial',
      error: { code: 'destination-full' },
      copies: [{ outcome: 'failed', error: { code: 'destination-full' } }, { outcome: 'stored' }],
    });
    rmSync(ballast);
    expect(filesBelow(root)).toEqual(before);
    await assertAll(bed.agent, roots, earlier);
  }, 60_000);

  /** Two copies, of which the policy would keep the next one only: pruning would make room. */
  async function fillUp(bed: FaultBed): Promise<Copy[]> {
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { retention: 'last=1,min=1' });
    return copiesOf(bed.agent);
  }
  const exportsOf = (bed: FaultBed): number =>
    bed.app.requests().filter(({ path }) => path.startsWith('/backup/export')).length;

  it('F19 a server whose disk is full: one retry, no storm, and no pruning to make room', async () => {
    const bed = await startSftpBed({ sizeBytes: MIB }, { RETRY_DELAYS_S: '1' });
    await mountDisk(bed.files, '8m');
    const earlier = await fillUp(bed);
    bed.app.control({ sizeBytes: 20 * MIB });
    const before = exportsOf(bed);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      attempt: 2,
      error: { code: expect.stringMatching(/^destination-(full|error)$/) },
    });
    expect(exportsOf(bed) - before).toBe(2);
    expect(await copiesOf(bed.agent)).toEqual(earlier);
    await assertAll(bed.agent, bed.roots, earlier);
    await unmount(bed.files);
  }, 60_000);

  it('F19 a Google account that is full: one retry, no storm, and no pruning to make room', async () => {
    const bed = await startDriveBed({ RETRY_DELAYS_S: '1' }, { sizeBytes: 200 * 1024 });
    const earlier = await fillUp(bed);
    const message = "The user's Drive storage quota has been exceeded.";
    bed.drive.faults.push({
      on: /^(POST|PUT) \/upload/,
      times: 1000,
      status: 403,
      reason: 'storageQuotaExceeded',
      message,
    });
    const [before, asked] = [exportsOf(bed), bed.drive.seen.length];
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      attempt: 2,
      error: { code: 'destination-full', message: expect.stringContaining('full') },
    });
    expect(exportsOf(bed) - before).toBe(2);
    expect(bed.drive.seen.length - asked).toBeLessThan(100);
    expect(await copiesOf(bed.agent)).toEqual(earlier);
    await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
  }, 60_000);
});
