import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { run, until } from '../bed/shell.js';
import { assertAll, copiesOf } from './assert-all.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const DATABASE = 'orchestrator.sqlite';

/** Changes one bit in the middle, as a disk does: size and times of the file stay. */
function flipBit(path: string, at: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.of(byte.readUInt8(0) ^ 1), 0, 1, at);
  closeSync(file);
}

describe('what lies at a destination changes behind the agent’s back', () => {
  let bed: FaultBed;
  const pathOf = (key: string): string => join(bed.roots['local']!, key);
  const backUpOnce = async (): Promise<Awaited<ReturnType<typeof attempt>>> => {
    const job = await attempt(bed.agent, bed.appId);
    expect(job).toMatchObject({ outcome: 'succeeded' });
    return job;
  };
  /** Makes every copy older, and starts the agent again: it reads again what nobody has read for four weeks. */
  async function aMonthLater(): Promise<void> {
    await bed.agent.kill('SIGTERM');
    const at = new Date(Date.now() - 30 * DAY_MS).toISOString();
    const change = `UPDATE backups SET created_at = '${at}';`;
    await run('sqlite3', [join(bed.agent.dataDir, DATABASE), change]);
    await bed.agent.start();
  }
  const stateOf = async (id: string): Promise<string | undefined> =>
    (await copiesOf(bed.agent)).find((copy) => copy.id === id)?.state;

  beforeEach(async () => {
    bed = await startFaultBed({}, { sizeBytes: MIB });
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { retention: 'last=2,min=1' });
    for (const _ of [1, 2]) await backUpOnce();
  }, 30_000);
  afterEach(leave);

  it('F26 a flipped bit: reading again finds it, it is no good copy any more, and retention does not count it', async () => {
    const [newer, older] = await copiesOf(bed.agent);
    flipBit(pathOf(newer!.object_key), MIB / 2);
    await aMonthLater();
    await until('the check', async () => ((await stateOf(newer!.id)) === 'corrupt' ? true : null));
    expect(bed.agent.log()).toMatch(/ERROR .* is now corrupt: sha256 [0-9a-f]{64} in place of [0-9a-f]{64}/);
    await assertAll(bed.agent, bed.roots, [older!]);
    await backUpOnce();
    // Of two that are kept, the corrupt one is none.
    expect((await copiesOf(bed.agent)).map(({ state }) => state)).toEqual([
      'verified',
      'corrupt',
      'verified',
    ]);
    await assertAll(bed.agent, bed.roots, [older!]);
    await backUpOnce();
    expect((await copiesOf(bed.agent)).map(({ state }) => state)).toEqual([
      'verified',
      'verified',
      'corrupt',
    ]);
    await assertAll(bed.agent, bed.roots);
  }, 60_000);

  it('F26 a truncated file: the next run finds it by its size, says so, and does not count it', async () => {
    const [newer, older] = await copiesOf(bed.agent);
    truncateSync(pathOf(newer!.object_key), MIB - 1);
    expect((await backUpOnce()).warnings).toMatchObject([{ code: 'copy-changed' }]);
    expect((await copiesOf(bed.agent)).map(({ state }) => state)).toEqual([
      'verified',
      'corrupt',
      'verified',
    ]);
    await assertAll(bed.agent, bed.roots, [older!]);
  }, 60_000);

  it('F27 a file that was deleted by hand: the next run says so; its row stays and does not count', async () => {
    const [newer, older] = await copiesOf(bed.agent);
    rmSync(pathOf(newer!.object_key));
    expect((await backUpOnce()).warnings).toMatchObject([
      { code: 'copy-missing', message: expect.stringContaining(newer!.object_key) },
    ]);
    expect((await copiesOf(bed.agent)).map(({ state }) => state)).toEqual([
      'verified',
      'missing',
      'verified',
    ]);
    await assertAll(bed.agent, bed.roots, [older!]);
  }, 60_000);

  it('F27 the check finds one that was deleted, and one that came back', async () => {
    const [newer, older] = await copiesOf(bed.agent);
    const [path, aside] = [pathOf(newer!.object_key), join(bed.agent.dataDir, 'aside')];
    await run('mv', [path, aside]);
    await aMonthLater();
    await until('the check', async () => ((await stateOf(newer!.id)) === 'missing' ? true : null));
    await assertAll(bed.agent, bed.roots, [older!]);
    await run('mv', [aside, path]);
    await run('sqlite3', [join(bed.agent.dataDir, DATABASE), 'UPDATE backups SET checked_at = NULL;']);
    await bed.agent.kill('SIGTERM');
    await bed.agent.start();
    await until('the check', async () => ((await stateOf(newer!.id)) === 'verified' ? true : null));
    await assertAll(bed.agent, bed.roots, [newer!, older!]);
  }, 60_000);

  it('F44 the way back: a corrupt, cut or missing copy is refused, or breaks off before its end, and the hash is named', async () => {
    const [newer, older] = await copiesOf(bed.agent);
    const path = pathOf(newer!.object_key);
    const fetchIt = (): Promise<Response> =>
      fetch(`${bed.agent.url}/api/backups/${newer!.id}/download`, {
        headers: { authorization: `Bearer ${bed.agent.apiToken}` },
      });
    const refusal = async (status: number, code: string): Promise<void> => {
      const answer = await bed.agent.api('GET', `/api/backups/${newer!.id}/download`);
      expect(answer).toMatchObject({
        status,
        body: { error: { code, message: expect.stringContaining(newer!.object_key) } },
      });
      if (code === 'copy-corrupt') expect(answer.body.error.message).toContain(newer!.sha256);
    };
    const whole = Buffer.from(await (await fetchIt()).arrayBuffer());
    expect(createHash('sha256').update(whole).digest('hex')).toBe(newer!.sha256);

    flipBit(path, MIB / 2);
    await expect(fetchIt().then((answer) => answer.arrayBuffer())).rejects.toThrow();
    const told = new RegExp(`sha256 [0-9a-f]{64} in place of ${newer!.sha256}`);
    await until('the log', () => (told.test(bed.agent.log()) ? true : null), 5000);
    expect(await bed.agent.api('POST', `/api/backups/${newer!.id}/verify`)).toMatchObject({
      status: 200,
      body: { state: 'corrupt' },
    });
    await refusal(409, 'copy-corrupt');

    flipBit(path, MIB / 2);
    await bed.agent.api('POST', `/api/backups/${newer!.id}/verify`);
    truncateSync(path, MIB - 1);
    await refusal(409, 'copy-corrupt');
    rmSync(path);
    await refusal(410, 'copy-missing');
    await bed.agent.api('POST', `/api/backups/${newer!.id}/verify`);
    await refusal(410, 'copy-missing');
    expect(await stateOf(newer!.id)).toBe('missing');
    await assertAll(bed.agent, bed.roots, [older!]);
  }, 60_000);

  it('F29 files of others, and one with a name of ours, are no backups, are never deleted, and never overwritten', async () => {
    const [newer, older] = await copiesOf(bed.agent);
    const folder = dirname(newer!.object_key);
    const stem = newer!.object_key.replace(/_\d{8}_\d{4}.*$/, '');
    const at = new Date();
    // As the runs of the next minutes would be called.
    const soon = [0, 1, 2].map(
      (minutes) => `${stem}_${stampOf(new Date(at.getTime() + minutes * 60_000))}.dump`,
    );
    const foreign = [
      `${folder}/notes.txt`,
      `${folder}/deep/er/photo.jpg`,
      `${folder}/other.dump.partial`,
      `${stem}_20200101_0300.dump`,
      ...soon,
    ].filter((name) => !existsSync(pathOf(name)));
    // One was ours, before the database was lost: it has a manifest.
    copyFileSync(
      `${pathOf(older!.object_key)}.manifest.json`,
      pathOf(`${stem}_20200101_0300.dump.manifest.json`),
    );
    for (const name of foreign) {
      mkdirSync(dirname(pathOf(name)), { recursive: true });
      writeFileSync(pathOf(name), `of somebody else: ${name}`);
    }
    for (const _ of [1, 2, 3]) await backUpOnce();
    for (const name of foreign) expect(readFileSync(pathOf(name), 'utf8')).toBe(`of somebody else: ${name}`);
    const copies = await copiesOf(bed.agent);
    expect(copies.map(({ state }) => state)).toEqual(['verified', 'verified']);
    expect(copies.filter((copy) => foreign.includes(copy.object_key))).toEqual([]);
    await assertAll(bed.agent, bed.roots, [], foreign);
    await bed.agent.kill('SIGKILL');
    await bed.agent.start();
    for (const name of foreign) expect(existsSync(pathOf(name))).toBe(true);
    await assertAll(bed.agent, bed.roots, copies, foreign);
  }, 60_000);
});

/** As in the name of an object, in UTC. */
const stampOf = (at: Date): string =>
  at.toISOString().slice(0, 16).replaceAll('-', '').replace('T', '_').replace(':', '');
