import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { inChunks } from '../../../src/destinations/contract-parts.contract.js';
import { rcloneBed } from '../../../src/destinations/rclone.contract.js';
import type { RcloneBed } from '../../../src/destinations/rclone.contract.js';

const MIB = 1024 * 1024;
const never = (): AbortSignal => new AbortController().signal;

describe('a full disk', () => {
  let bed: RcloneBed;
  let disk: string;
  afterEach(async () => {
    execFileSync('umount', [disk]);
    await bed.close();
  });

  it.each([
    ['in the middle of a large one', 20 * MIB],
    ['at a small one', 90 * 1024],
  ])(
    'fails the upload as full %s, leaves nothing of it and the older objects as they are',
    async (_, size) => {
      bed = await rcloneBed('[usb]\ntype = alias\nremote = {root}/usb\n');
      disk = join(bed.root, 'usb');
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
      const destination = await bed.destinations.byName('usb');
      const older = randomBytes(size > MIB ? 3 * MIB : 8 * MIB - 40 * 1024);
      await destination.store('app/old', inChunks(older), never());
      await expect(
        destination.store('app/new.partial', inChunks(randomBytes(size)), never()),
      ).rejects.toMatchObject({ code: 'destination-full' });
      expect((await destination.list('app')).map(({ key }) => key)).toEqual(['app/old']);
      expect((await buffer(await destination.open('app/old', never()))).equals(older)).toBe(true);
      await destination.remove('app/old');
      await destination.store('app/new', inChunks(randomBytes(MIB)), never());
    },
    30_000,
  );
});
