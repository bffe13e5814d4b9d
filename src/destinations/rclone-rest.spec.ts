import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import { destinationsBed } from './destinations.fixture.js';
import type { RcloneBed } from './rclone.contract.js';
import { REMOTES, REST_MS, lives, restingBed, rests, until } from './resting.fixture.js';

const never = (): AbortSignal => new AbortController().signal;

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

describe('rclone rests', () => {
  let bed: RcloneBed;
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
    await rests(bed);
    await until(async () => !(await lives(pid)));
    await pause(3 * REST_MS);
    expect(bed.daemon.status()).toMatchObject({ state: 'resting', pid: null, version, problem: null });
    expect(bed.daemon.isDown).toBe(false);
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
    await rests(bed);
    expect(await destination.stat('app/long')).toMatchObject({ sizeBytes });
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
    await rests(bed);
  }, 20_000);

  it('not while its configuration is damaged: it goes on with what it knows, and rests when it is whole', async () => {
    bed = await restingBed();
    const whole = await readFile(bed.config.rcloneConfig, 'utf8');
    await bed.rc.remotes();
    await writeFile(bed.config.rcloneConfig, 'no config\n\0\0');
    await pause(4 * REST_MS);
    expect(bed.daemon.status().state).toBe('running');
    expect((await bed.rc.remotes()).sort()).toEqual(REMOTES);
    await writeFile(bed.config.rcloneConfig, whole);
    await rests(bed);
  }, 20_000);

  it('the minute’s look at the names wakes it only after a change of rclone.conf, whoever made it', async () => {
    const made = await destinationsBed(
      '[far]\ntype = alias\nremote = {root}/far\n',
      {},
      { rcloneRestMs: REST_MS },
    );
    bed = made;
    const names = async (): Promise<string[]> =>
      (await made.destinations.names()).map(({ name, place }) => `${name} ${place}`);
    const local = `local ${made.config.localBackupsDir}`;
    expect(await names()).toEqual([local, 'far alias']);
    await made.destinations.byName('local');
    await rests(bed);
    const asked = jest.spyOn(made.daemon, 'use');
    for (let look = 0; look < 20; look += 1) expect(await names()).toEqual([local, 'far alias']);
    await (await made.destinations.byName('local')).put('app/a', Buffer.from('a'));
    expect(asked).not.toHaveBeenCalled();
    expect(made.daemon.status().state).toBe('resting');
    await made.conf.create('memo', 'memory', {});
    expect(await names()).toEqual([local, 'far alias', 'memo memory']);
    await made.conf.remove('far');
    expect(await names()).toEqual([local, 'memo memory']);
    await rests(bed);
    await writeFile(made.config.rcloneConfig, '[by-hand]\ntype = memory\n');
    expect(await names()).toEqual([local, 'by-hand memory']);
    await rests(bed);
    asked.mockClear();
    expect(await names()).toEqual([local, 'by-hand memory']);
    expect(asked).not.toHaveBeenCalled();
  }, 20_000);

  it('between the questions of a configuration, which goes on where it was', async () => {
    const made = await destinationsBed('', {}, { rcloneRestMs: 20 });
    bed = made;
    let step = await made.questions.begin({
      type: 'webdav',
      options: { url: 'https://h/', vendor: 'other' },
    });
    let asked = 0;
    for (; !step.done; asked += 1) {
      await rests(bed);
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
