import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { rcloneBed } from './rclone.contract.js';
import type { RcloneBed } from './rclone.contract.js';

describe('uploads through the daemon', () => {
  let bed: RcloneBed;
  afterEach(() => bed.close());

  const groups = async (): Promise<string[]> => {
    const shape = z.object({ groups: z.array(z.string()).nullable() });
    const answer = await bed.rc.call('core/group-list', {}, shape);
    return (answer.groups ?? []).filter((name) => name.startsWith('upload-'));
  };

  it('leave nothing behind in the daemon, whether they end well or not', async () => {
    bed = await rcloneBed();
    const local = await bed.destinations.byName('local');
    const never = new AbortController().signal;
    await local.store('a/whole', Readable.from([Buffer.alloc(200_000)]), never);
    const broken = Readable.from(
      (function* () {
        yield Buffer.alloc(200_000);
        throw new Error('the app went away');
      })(),
    );
    await expect(local.store('a/broken', broken, never)).rejects.toMatchObject({ code: 'export-broken' });
    for (let tries = 0; tries < 100 && (await groups()).length > 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await groups()).toEqual([]);
  }, 30_000);
});
