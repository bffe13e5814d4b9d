import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { assertAll, copiesOf } from './assert-all.js';
import { filesBelow } from './files.js';
import { fillDisk, freeBytes, mountDisk, tempFolder } from './disk.js';
import { attempt, startFaultBed } from './harness.js';

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
});
