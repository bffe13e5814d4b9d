import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import { RcloneDaemon } from './rclone-daemon.js';
import { RcloneRc } from './rclone-rc.js';
import { REMOTES, REST_MS, lives, putBinary, restingBed, rests, until } from './resting.fixture.js';
import type { RestingBed } from './resting.fixture.js';

describe('an rclone that rests is woken', () => {
  let bed: RestingBed;
  afterEach(() => bed.close());

  it('20 calls at once wake one', async () => {
    bed = await restingBed();
    await bed.rc.remotes();
    await rests(bed);
    const asked = Array.from({ length: 20 }, () => bed.rc.remotes());
    expect(bed.daemon.status().state).toBe('resting');
    for (const remotes of await Promise.all(asked)) expect(remotes.sort()).toEqual(REMOTES);
    expect(bed.daemon.status().state).toBe('running');
    expect(await bed.starts()).toBe(2);
  }, 20_000);

  it('a call succeeds at whatever moment of its going to rest, its end and its waking it comes, also where the lease takes its time', async () => {
    bed = await restingBed(12);
    // From before the rest begins until after the process is gone; another sequence for each.
    let drawn = 0;
    const draw = (most: number): number => ((drawn += 7) % most) + Math.random();
    const lease = { confirm: () => pause(draw(23)), onLost: () => undefined };
    const daemon = new RcloneDaemon(bed.config, lease);
    const rc = new RcloneRc(daemon);
    const caller = async (): Promise<void> => {
      for (let call = 0; call < 50; call += 1) {
        await pause(draw(45));
        expect((await rc.remotes()).sort()).toEqual(REMOTES);
      }
    };
    await Promise.all([caller(), caller(), caller(), caller()]);
    // One alone, at the very moment of the rest; on a slow machine fewer of them find it asleep.
    for (let call = 0; call < 40 || (await bed.starts()) <= 10; call += 1) {
      await pause(10 + (call % 6));
      await rc.remotes();
    }
    expect(daemon.status().problem).toBeNull();
    expect(await bed.starts()).toBeGreaterThan(10);
    rc.onApplicationShutdown();
    await daemon.onApplicationShutdown();
  }, 60_000);

  it('only when the last one is gone: there are never two', async () => {
    bed = await restingBed(20);
    // Answers as a newer rclone would, and takes its time to end.
    const script = `#!${process.execPath}
      const { appendFileSync } = require('node:fs');
      const { createServer } = require('node:http');
      if (process.argv[2] === 'version') { console.log('rclone v1.75.1'); process.exit(); }
      const note = (what) => appendFileSync(${JSON.stringify(join(bed.root, 'starts'))}, what);
      note('(');
      process.on('SIGTERM', () => setTimeout(() => { note(')'); process.exit(); }, 400));
      createServer((request, response) =>
        response.end(request.url === '/core/pid' ? JSON.stringify({ pid: process.pid }) : '{"remotes":["one"]}'),
      ).listen(process.argv[process.argv.indexOf('--rc-addr') + 1].replace('unix://', ''));`;
    await writeFile(bed.config.rcloneBinary, script);
    for (let wake = 0; wake < 3; wake += 1) {
      expect(await bed.rc.remotes()).toEqual(['one']);
      await rests(bed);
    }
    await bed.daemon.onApplicationShutdown();
    expect(await readFile(join(bed.root, 'starts'), 'utf8')).toBe('()()()');
  }, 20_000);

  it('for nobody when the lease was lost meanwhile', async () => {
    bed = await restingBed();
    let confirmed = 0;
    const lease = {
      confirm: async () => {
        confirmed += 1;
        // Asked for, then started, then about to be used.
        if (confirmed === 3) throw new BackupFailure('agent-superseded');
        return Promise.resolve();
      },
      onLost: () => undefined,
    };
    const daemon = new RcloneDaemon(bed.config, lease);
    const work = jest.fn(() => Promise.resolve());
    await expect(daemon.use(work)).rejects.toMatchObject({ code: 'agent-superseded' });
    expect(work).not.toHaveBeenCalled();
    await daemon.onApplicationShutdown();
  }, 20_000);

  it('killed while it goes to rest, it is not started again; killed while it wakes, it is', async () => {
    bed = await restingBed();
    await bed.rc.remotes();
    const { pid } = bed.daemon.status();
    await until(() => bed.daemon.status().state === 'resting');
    if (await lives(pid)) process.kill(pid ?? 0, 'SIGKILL');
    await pause(3 * REST_MS);
    expect(bed.daemon.status()).toMatchObject({ state: 'resting', problem: null });
    const call = bed.rc.remotes().catch((error: unknown) => error);
    await until(() => bed.daemon.status().pid !== null);
    process.kill(bed.daemon.status().pid ?? 0, 'SIGKILL');
    const answer = await call;
    if (!Array.isArray(answer)) expect(answer).toMatchObject({ code: 'rclone-unavailable' });
    await until(async () => (await bed.starts()) === 3 && !bed.daemon.isDown);
    expect((await bed.rc.remotes()).sort()).toEqual(REMOTES);
    await rests(bed);
  }, 20_000);

  it('one that can not be started any more when it is needed is told, tried again and used when it can', async () => {
    bed = await restingBed();
    await bed.rc.remotes();
    await rests(bed);
    await rm(bed.config.rcloneBinary);
    await expect(bed.rc.remotes()).rejects.toMatchObject({ code: 'rclone-unavailable' });
    expect(bed.daemon.status()).toMatchObject({ state: 'down', problem: expect.stringContaining('ENOENT') });
    await putBinary(bed);
    // By itself, and it rests again although nobody asked.
    await rests(bed);
    expect(bed.daemon.status().problem).toBeNull();
    expect((await bed.rc.remotes()).sort()).toEqual(REMOTES);
  }, 20_000);

  it.each(['while it rests', 'while it wakes', 'while it goes to rest'])(
    'the agent ends %s: no process stays, and none is started any more',
    async (when) => {
      bed = await restingBed();
      await bed.rc.remotes();
      const { pid } = bed.daemon.status();
      await rests(bed);
      if (when === 'while it rests') await until(async () => !(await lives(pid)));
      const call = when === 'while it wakes' ? bed.rc.remotes().catch(() => null) : null;
      if (call !== null) await pause(30);
      await bed.daemon.onApplicationShutdown();
      await call;
      expect(await lives(pid)).toBe(false);
      expect(bed.daemon.status()).toMatchObject({ state: 'stopped', pid: null });
      const starts = await bed.starts();
      await expect(bed.rc.remotes()).rejects.toMatchObject({ code: 'rclone-unavailable' });
      await pause(2 * REST_MS);
      expect(await bed.starts()).toBe(starts);
    },
    20_000,
  );

  it('what was edited meanwhile counts, and to forget what is open wakes nobody', async () => {
    bed = await restingBed();
    await bed.destinations.byName('far');
    await rests(bed);
    await mkdir(join(bed.root, 'other'));
    await writeFile(bed.config.rcloneConfig, `[far]\ntype = alias\nremote = ${bed.root}/other\n`);
    await bed.rc.forgetOpened();
    expect(bed.daemon.status().state).toBe('resting');
    const destination = await bed.destinations.byName('far');
    await destination.put('a/b', Buffer.from('here'));
    expect(await readFile(join(bed.root, 'other/a/b'), 'utf8')).toBe('here');
    expect((await bed.destinations.names()).map(({ name }) => name)).toEqual(['local', 'far']);
  }, 20_000);
});
