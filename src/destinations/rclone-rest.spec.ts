import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import { destinationsBed } from './destinations.fixture.js';
import { rcloneBed } from './rclone.contract.js';
import type { RcloneBed } from './rclone.contract.js';

const REST_MS = 60;
const never = (): AbortSignal => new AbortController().signal;
const lives = async (pid: number | null): Promise<boolean> =>
  (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '')) !== '';

async function until(what: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  for (let waited = 0; waited < timeoutMs; waited += 5) {
    if (await what()) return;
    await pause(5);
  }
  throw new Error('it did not happen in time');
}

/** Bytes that take a while to come. */
function slow(pieces: number, pauseMs: number): { body: Readable; sizeBytes: number } {
  const piece = randomBytes(1000);
  const body = Readable.from(
    (async function* () {
      for (let sent = 0; sent < pieces; sent += 1) {
        await pause(pauseMs);
        yield piece;
      }
    })(),
    { objectMode: false },
  );
  return { body, sizeBytes: pieces * piece.length };
}

/** Every start of a daemon leaves a line; the folder of `far` is reached through rclone. */
async function restingBed(restMs = REST_MS): Promise<RcloneBed & { starts: () => Promise<number> }> {
  const far = '[all]\ntype = combine\nupstreams = at={root}/far\n[far]\ntype = alias\nremote = all:at\n';
  const bed = await rcloneBed(far, { RCLONE_BINARY: '{root}/rclone-counted' }, { rcloneRestMs: restMs });
  await mkdir(join(bed.root, 'far'));
  await writeFile(bed.config.rcloneBinary, wrapper(bed.root), { mode: 0o755 });
  const starts = async (): Promise<number> =>
    (await readFile(join(bed.root, 'starts'), 'utf8').catch(() => '')).length;
  return { ...bed, starts };
}

const wrapper = (root: string): string =>
  `#!/bin/sh\n[ "$1" = rcd ] && printf x >> ${root}/starts\nexec rclone "$@"\n`;

describe('rclone rests', () => {
  let bed: Awaited<ReturnType<typeof restingBed>>;
  const rests = (): Promise<void> => until(() => bed.daemon.status().state === 'resting');
  afterEach(async () => {
    jest.restoreAllMocks();
    await bed.close();
  });

  it('when nothing was asked of it for a while: no process, no warning, and health knows its version', async () => {
    bed = await restingBed();
    const warn = jest.spyOn(Logger.prototype, 'warn');
    await bed.daemon.onApplicationBootstrap();
    const { pid, version, state } = bed.daemon.status();
    expect(state).toBe('running');
    await rests();
    await until(async () => !(await lives(pid)));
    await pause(3 * REST_MS);
    expect(bed.daemon.status()).toMatchObject({ state: 'resting', pid: null, version, problem: null });
    expect(bed.daemon.isDown).toBe(false);
    expect(await bed.starts()).toBe(1);
    expect(warn).not.toHaveBeenCalledWith(expect.stringContaining('rclone ended'));
  }, 20_000);

  it('never, where it is told so', async () => {
    bed = await restingBed(0);
    await bed.rc.remotes();
    await pause(3 * REST_MS);
    expect(bed.daemon.status().state).toBe('running');
  }, 20_000);

  it('not while an upload takes longer than that, and the upload is whole', async () => {
    bed = await restingBed();
    const destination = await bed.destinations.byName('far');
    const { pid } = bed.daemon.status();
    const { body, sizeBytes } = slow(12, REST_MS / 2);
    const pids = new Set<number | null>();
    const watching = setInterval(() => pids.add(bed.daemon.status().pid), 5);
    await destination.store('app/long', body, never());
    clearInterval(watching);
    expect([...pids]).toEqual([pid]);
    await rests();
    expect(await destination.stat('app/long')).toMatchObject({ sizeBytes });
    expect(await bed.starts()).toBe(2);
  }, 20_000);

  it('not while a source says nothing, and not before what was broken off is cleared away', async () => {
    bed = await restingBed();
    const destination = await bed.destinations.byName('far');
    const { pid } = bed.daemon.status();
    const silent = new Readable({ read: () => undefined });
    const upload = destination.store('app/silent', silent, never()).catch((error: unknown) => error);
    await pause(4 * REST_MS);
    expect(bed.daemon.status().pid).toBe(pid);
    silent.destroy(new BackupFailure('export-broken'));
    expect(await upload).toMatchObject({ code: 'export-broken' });
    expect(await destination.list('app')).toEqual([]);
    await rests();
  }, 20_000);

  it('20 calls at once wake one', async () => {
    bed = await restingBed();
    await bed.rc.remotes();
    await rests();
    const asked = Array.from({ length: 20 }, () => bed.rc.remotes());
    expect(bed.daemon.status().state).toBe('resting');
    for (const remotes of await Promise.all(asked)) expect(remotes.sort()).toEqual(['all', 'far']);
    expect(bed.daemon.status().state).toBe('running');
    expect(await bed.starts()).toBe(2);
  }, 20_000);

  it('a call succeeds at whatever moment of its going to rest, its end and its waking it comes', async () => {
    bed = await restingBed(12);
    await bed.rc.remotes();
    const caller = async (seed: number): Promise<void> => {
      for (let call = 0; call < 50; call += 1) {
        // From before the rest begins until after the process is gone; each caller's own sequence.
        await pause(((call * 7 + seed * 11) % 45) + Math.random());
        expect((await bed.rc.remotes()).sort()).toEqual(['all', 'far']);
      }
    };
    await Promise.all([caller(0), caller(1), caller(2), caller(3)]);
    // One that asks in step with it: at the very moment of the rest.
    for (let call = 0; call < 40; call += 1) {
      await pause(10 + (call % 6));
      await bed.rc.remotes();
    }
    expect(bed.daemon.status().problem).toBeNull();
    expect(await bed.starts()).toBeGreaterThan(10);
  }, 60_000);

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
    expect((await bed.rc.remotes()).sort()).toEqual(['all', 'far']);
    await rests();
  }, 20_000);

  it('one that can not be started any more when it is needed is told, tried again and used when it can', async () => {
    bed = await restingBed();
    await bed.rc.remotes();
    await rests();
    await rm(bed.config.rcloneBinary);
    await expect(bed.rc.remotes()).rejects.toMatchObject({ code: 'rclone-unavailable' });
    expect(bed.daemon.status()).toMatchObject({ state: 'down', problem: expect.stringContaining('ENOENT') });
    await writeFile(bed.config.rcloneBinary, wrapper(bed.root), { mode: 0o755 });
    // By itself, and it rests again although nobody asked.
    await rests();
    expect(bed.daemon.status().problem).toBeNull();
    expect((await bed.rc.remotes()).sort()).toEqual(['all', 'far']);
  }, 20_000);

  it.each(['while it rests', 'while it wakes', 'while it goes to rest'])(
    'the agent ends %s: no process stays, and none is started any more',
    async (when) => {
      bed = await restingBed();
      await bed.rc.remotes();
      const { pid } = bed.daemon.status();
      await rests();
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
    await rests();
    await mkdir(join(bed.root, 'other'));
    await writeFile(bed.config.rcloneConfig, `[far]\ntype = alias\nremote = ${bed.root}/other\n`);
    await bed.rc.forgetOpened();
    expect(bed.daemon.status().state).toBe('resting');
    const destination = await bed.destinations.byName('far');
    await destination.put('a/b', Buffer.from('here'));
    expect(await readFile(join(bed.root, 'other/a/b'), 'utf8')).toBe('here');
    expect((await bed.destinations.names()).map(({ name }) => name)).toEqual(['local', 'far']);
  }, 20_000);

  it('not while its configuration is damaged: it goes on with what it knows, and rests when it is whole', async () => {
    bed = await restingBed();
    const whole = await readFile(bed.config.rcloneConfig, 'utf8');
    await bed.rc.remotes();
    await writeFile(bed.config.rcloneConfig, 'no config\n\0\0');
    await pause(4 * REST_MS);
    expect(bed.daemon.status().state).toBe('running');
    expect((await bed.rc.remotes()).sort()).toEqual(['all', 'far']);
    await writeFile(bed.config.rcloneConfig, whole);
    await rests();
  }, 20_000);

  it('the minute’s look at the names wakes it only after a change of rclone.conf, whoever made it', async () => {
    const made = await destinationsBed(
      '[far]\ntype = alias\nremote = {root}/far\n',
      {},
      { rcloneRestMs: REST_MS },
    );
    bed = { ...made, starts: () => Promise.resolve(0) };
    const names = async (): Promise<string[]> =>
      (await made.destinations.names()).map(({ name, place }) => `${name} ${place}`);
    const local = `local ${made.config.localBackupsDir}`;
    expect(await names()).toEqual([local, 'far alias']);
    await made.destinations.byName('local');
    await rests();
    const asked = jest.spyOn(made.daemon, 'use');
    for (let look = 0; look < 20; look += 1) expect(await names()).toEqual([local, 'far alias']);
    await (await made.destinations.byName('local')).put('app/a', Buffer.from('a'));
    expect(asked).not.toHaveBeenCalled();
    expect(made.daemon.status().state).toBe('resting');
    await made.conf.create('memo', 'memory', {});
    expect(await names()).toEqual([local, 'far alias', 'memo memory']);
    await made.conf.remove('far');
    expect(await names()).toEqual([local, 'memo memory']);
    await rests();
    await writeFile(made.config.rcloneConfig, '[by-hand]\ntype = memory\n');
    expect(await names()).toEqual([local, 'by-hand memory']);
    await rests();
    asked.mockClear();
    expect(await names()).toEqual([local, 'by-hand memory']);
    expect(asked).not.toHaveBeenCalled();
  }, 20_000);

  it('between the questions of a configuration, which goes on where it was', async () => {
    const made = await destinationsBed('', {}, { rcloneRestMs: 20 });
    bed = { ...made, starts: () => Promise.resolve(0) };
    let step = await made.questions.begin({
      type: 'webdav',
      options: { url: 'https://h/', vendor: 'other' },
    });
    let asked = 0;
    for (; !step.done; asked += 1) {
      await rests();
      const { draft, state, name } = step.question;
      step = await made.questions.answer(draft, state, name === 'pass' ? 'canary-pass' : '');
    }
    expect(asked).toBeGreaterThan(2);
    expect(await made.conf.section(step.draft)).toMatchObject({
      type: 'webdav',
      vendor: 'other',
      pass: expect.stringMatching(/^[\w-]{30,}$/),
    });
  }, 30_000);
});
