import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { atEnd, leave } from '../../bed/cleanup.js';
import { filesBelow } from '../../faults/files.js';
import { startRest } from './rest-bed.js';

describe('a disk that is not mounted', () => {
  afterAll(leave, 60_000);

  it('gets no upload and loses no row, is alerted once, and is well again when it is back', async () => {
    const bed = await startRest();
    const [disk, mountPoint] = [join(bed.disks, 'the-disk'), join(bed.disks, 'usb')];
    for (const folder of [disk, mountPoint]) mkdirSync(folder);
    const mount = (): Buffer => execFileSync('mount', ['--bind', disk, mountPoint]);
    const unmount = (): Buffer => execFileSync('umount', [mountPoint]);
    mount();
    atEnd(() => void spawnSync('umount', ['--lazy', mountPoint]));
    await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', bed.local('usb'));
    const app = await bed.app('keeper', 'usb');
    for (let nth = 0; nth < 3; nth += 1) expect((await bed.backUp(app)).outcome).toBe('succeeded');
    const rows = async (): Promise<string[]> =>
      ((await bed.agent.api('GET', `/api/apps/${app}/backups`)).body.items as { object_key: string; state: string }[]).map(({ object_key: key, state }) => `${key} ${state}`);
    const [before, stored] = [await rows(), filesBelow(disk)];
    expect(before).toHaveLength(3);

    unmount();
    const fresh = await bed.app('newcomer', 'usb');
    for (const id of [app, fresh])
      expect(await bed.backUp(id)).toMatchObject({ outcome: 'failed', error: { code: 'destination-changed' } });
    expect(await bed.ask('Destination', 200, 'GET', '/api/destinations/usb')).toMatchObject({ state: 'failing', error: { code: 'destination-changed' }, apps: 2, backups: 3 });
    expect(readdirSync(mountPoint)).toEqual([]);
    expect(await rows()).toEqual(before);
    expect(filesBelow(disk)).toEqual(stored);
    await bed.agent.says('usb does not work');
    expect(bed.agent.log().match(/usb does not work — .*keeper, newcomer/g)).toHaveLength(1);

    mount();
    for (const id of [app, fresh]) expect((await bed.backUp(id)).outcome).toBe('succeeded');
    expect((await rows()).slice(1)).toEqual(before);
    await bed.agent.says('usb is well again');
    expect(bed.agent.log().match(/usb is well again/g)).toHaveLength(1);
    unmount();
  }, 90_000); // prettier-ignore
});
