import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { run, until } from '../../bed/shell.js';
import { startRest } from './rest-bed.js';
import type { RestBed } from './rest-bed.js';

describe('an rclone that rests', () => {
  let bed: RestBed;
  beforeAll(async () => {
    bed = await startRest({ RCLONE_REST_AFTER_S: '1' });
  }, 60_000);
  afterAll(leave, 60_000);

  const daemons = async (): Promise<string[]> => {
    const { stdout } = await run('pgrep', ['-P', String(bed.agent.pid()), '-f', 'rclone rcd'], {
      mayFail: true,
    });
    return stdout.split('\n').filter((line) => line !== '');
  };
  const rests = (): Promise<true> =>
    until('the rest of rclone', async () => ((await daemons()).length === 0 ? true : null), 15_000, 50);
  const starts = (): number => bed.agent.log().split('Serving remote control on').length - 1;
  const healthy = { status: 200, body: { status: 'ok', rclone: 'ok' } };
  /** There is no Docker in this bed. */
  const health = async (): Promise<object> => {
    const { status, body } = await bed.agent.api('GET', '/healthz');
    return { status, body: { status: body.docker === 'down' && body.db === 'ok' ? 'ok' : body.status, rclone: body.rclone } };
  }; // prettier-ignore

  it('is well for health and lists, and neither they nor a backup to a folder of this machine wake it', async () => {
    const app = await bed.app('quiet', 'local');
    // The first run looks at the destination, which asks rclone where it is.
    expect(await bed.backUp(app)).toMatchObject({ outcome: 'succeeded' });
    await rests();
    const before = starts();
    expect(await health()).toEqual(healthy);
    expect(await bed.names()).toEqual(['local']);
    for (const page of ['/api/apps', '/api/jobs', `/api/apps/${app}/backups`, '/api/destinations/local'])
      expect((await bed.agent.api('GET', page)).status).toBe(200);
    expect(await bed.backUp(app)).toMatchObject({ outcome: 'succeeded' });
    expect([await daemons(), starts()]).toEqual([[], before]);
    expect(bed.agent.log()).not.toMatch(/rclone ended/);
  }, 60_000);

  it('is woken by what needs it, and is well all the time', async () => {
    await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', bed.local('usb'));
    mkdirSync(join(bed.disks, 'far'));
    await rests();
    const before = starts();
    const seen = new Set<string>();
    const watching = setInterval(
      () => void health().then((found) => seen.add(JSON.stringify(found))),
      5,
    );
    expect(await bed.ask('Destination', 200, 'POST', '/api/destinations/usb/check')).toMatchObject({ state: 'ok' });
    clearInterval(watching);
    expect([...seen]).toEqual([JSON.stringify(healthy)]);
    expect(starts()).toBe(before + 1);
    await rests();
  }, 60_000); // prettier-ignore

  it('ends with the agent, and starts with it', async () => {
    await bed.agent.kill('SIGTERM');
    await bed.agent.start();
    expect(await health()).toEqual(healthy);
    await rests();
    expect(await health()).toEqual(healthy);
  }, 60_000);
});
