import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startAgent } from '../bed/agent.js';
import type { Agent, Answer } from '../bed/agent.js';
import { leave } from '../bed/cleanup.js';
import { run, until } from '../bed/shell.js';
import { assertAll, copiesOf } from './assert-all.js';
import { attempt, register, startFaultBed } from './harness.js';
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
    await bed.agent.says(/ERROR .* is now corrupt: sha256 [0-9a-f]{64} in place of [0-9a-f]{64}/);
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

  it('F27 the whole folder of an app that was deleted by hand: the run says so and writes nothing, and no row is lost', async () => {
    const earlier = await copiesOf(bed.agent);
    const folder = dirname(pathOf(earlier[0]!.object_key));
    await run('mv', [folder, `${folder}.aside`]);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      error: { code: 'destination-changed', message: expect.stringContaining('marker') },
    });
    expect(existsSync(folder)).toBe(false);
    expect(await copiesOf(bed.agent)).toEqual(earlier);
    await run('mv', [`${folder}.aside`, folder]);
    await assertAll(bed.agent, bed.roots, earlier);
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
    await bed.agent.says(told);
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

  it('F29 what lies there without a row is shown, a lost backup is imported and downloads, a changed one is refused, the rest stays', async () => {
    const [newer, older] = await copiesOf(bed.agent);
    const folder = dirname(newer!.object_key);
    const foreign = [`${folder}/notes.txt`, `${folder}/other.dump.partial`, `${folder}/x.dump.manifest.json`];
    for (const name of foreign) writeFileSync(pathOf(name), `of somebody else: ${name}`);
    await bed.agent.kill('SIGTERM');
    const database = join(bed.agent.dataDir, DATABASE);
    await run('sqlite3', [database, 'DELETE FROM backups;']);
    flipBit(pathOf(newer!.object_key), MIB / 2);
    await bed.agent.start();
    expect(await contentsOf(bed.agent)).toEqual({
      [newer!.object_key]: 'adoptable',
      [older!.object_key]: 'adoptable',
      [foreign[0]!]: 'no-manifest',
      [foreign[1]!]: 'partial',
      [foreign[2]!]: 'manifest-alone',
    });
    expect((await adopt(bed.agent, { object_keys: [older!.object_key] })).body).toMatchObject({
      adopted: [{ object_key: older!.object_key, sha256: older!.sha256, state: 'verified' }],
      refused: [],
    });
    const { body } = await adopt(bed.agent, { all: true });
    expect(body).toMatchObject({
      adopted: [],
      refused: [{ object_key: newer!.object_key, code: 'copy-corrupt' }],
    });
    const [imported] = await copiesOf(bed.agent);
    expect(await downloadOf(bed.agent, imported!.id)).toBe(older!.sha256);
    const here = [...foreign, newer!.object_key];
    await assertAll(bed.agent, bed.roots, [imported!], here);
    for (const name of foreign) expect(readFileSync(pathOf(name), 'utf8')).toBe(`of somebody else: ${name}`);
    await backUpOnce();
    expect((await copiesOf(bed.agent)).map(({ sha256 }) => sha256)).toContain(older!.sha256);
    await assertAll(bed.agent, bed.roots, [imported!], here);
  }, 60_000);

  it('F29 a fresh agent with only the destination left takes the folder over, imports all, and goes on', async () => {
    const before = await copiesOf(bed.agent);
    await bed.agent.kill('SIGTERM');
    const root = bed.roots['local']!;
    const fresh = await startAgent({ LOCAL_BACKUPS_DIR: root, RETRY_DELAYS_S: 'none' });
    const folder = dirname(before[0]!.object_key);
    const seen = (await fresh.api('GET', '/api/destinations/local/contents')).body;
    expect(seen.folders).toEqual([
      { destination: 'local', folder, state: 'other-agent', owner: expect.any(String), backups: 0 },
    ]);
    expect((await adopt(fresh, { all: true })).body).toMatchObject({
      adopted: [],
      refused: before.map(() => ({ code: 'destination-owned' })),
    });
    expect(await mark(fresh, { folder })).toMatchObject({
      status: 409,
      body: { error: { code: 'destination-owned' } },
    });
    expect(await copiesOf(fresh)).toEqual([]);
    expect(await mark(fresh, { folder, take_over: true })).toMatchObject({
      status: 200,
      body: { state: 'ours', owner: null },
    });
    const { body } = await adopt(fresh, { all: true });
    expect(body.refused).toEqual([]);
    const digests = (copies: { sha256: string }[]): string[] => copies.map(({ sha256 }) => sha256).sort();
    const imported = await copiesOf(fresh);
    expect(digests(imported)).toEqual(digests(before));
    expect(body.adopted.map((one: { job_id: string | null }) => one.job_id)).toEqual([null, null]);
    for (const copy of imported) expect(await downloadOf(fresh, copy.id)).toBe(copy.sha256);
    await assertAll(fresh, { local: root }, imported);
    // Registered again, it is the app that the backups belong to.
    const appId = await register(fresh, bed.app.url, 'ghost');
    expect((await fresh.api('GET', '/api/apps')).body.items).toMatchObject([{ id: appId, state: 'active' }]);
    await fresh.api('PUT', `/api/apps/${appId}/overrides`, { retention: 'last=3,min=1' });
    expect(await attempt(fresh, appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    const after = await copiesOf(fresh);
    expect(after).toHaveLength(3);
    expect(after.map(({ object_key }) => dirname(object_key))).toEqual([folder, folder, folder]);
    await assertAll(fresh, { local: root }, imported);
    // The next one is one too many: the oldest goes, and no other.
    expect(await attempt(fresh, appId)).toMatchObject({ outcome: 'succeeded' });
    const gone = imported.filter(({ id }) => id === imported.at(-1)!.id);
    expect((await copiesOf(fresh)).map(({ id }) => id)).not.toContain(gone[0]!.id);
    await assertAll(fresh, { local: root }, imported.slice(0, -1));
  }, 60_000);

  it('F29 an app’s folder that was deleted by hand is marked again by a person: runs go on, what was there is missing', async () => {
    const earlier = await copiesOf(bed.agent);
    const folder = dirname(earlier[0]!.object_key);
    rmSync(pathOf(folder), { recursive: true });
    const failed = await attempt(bed.agent, bed.appId);
    expect(failed).toMatchObject({
      error: { code: 'destination-changed', hint: expect.stringContaining('What lies there') },
    });
    const { body } = await bed.agent.api('GET', '/api/destinations/local/contents');
    expect(body.folders).toMatchObject([{ folder, state: 'absent', backups: 2 }]);
    expect(await mark(bed.agent, { folder })).toMatchObject({ status: 200, body: { state: 'ours' } });
    await backUpOnce();
    const states = (await copiesOf(bed.agent)).map(({ state }) => state);
    expect(states).toEqual(['verified', 'missing', 'missing']);
    await assertAll(bed.agent, bed.roots);
    const audit = (await bed.agent.api('GET', '/api/audit')).body.items;
    expect(audit).toContainEqual(
      expect.objectContaining({ action: 'destination-marked', subject: `local:${folder}` }),
    );
  }, 60_000);

  it('F29 all that lay at a destination was deleted by hand: it and the folder are marked again, and runs go on', async () => {
    const [folder] = (await copiesOf(bed.agent)).map(({ object_key }) => dirname(object_key));
    const root = bed.roots['local']!;
    for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
    const changed = { outcome: 'failed', error: { code: 'destination-changed' } };
    expect(await attempt(bed.agent, bed.appId)).toMatchObject(changed);
    const { body } = await bed.agent.api('GET', '/api/destinations/local/contents');
    expect(body.folders).toMatchObject([
      { folder: '', state: 'unmarked', backups: 2 },
      { folder, state: 'absent', backups: 2 },
    ]);
    for (const one of ['', folder])
      expect(await mark(bed.agent, { folder: one })).toMatchObject({ status: 200, body: { state: 'ours' } });
    await backUpOnce();
    const states = (await copiesOf(bed.agent)).map(({ state }) => state);
    expect(states).toEqual(['verified', 'missing', 'missing']);
    expect((await bed.agent.api('GET', '/api/destinations/local')).body).toMatchObject({ state: 'ok' });
    await assertAll(bed.agent, bed.roots);
  }, 60_000);
});

const adopt = (agent: Agent, order: object): Promise<Answer> =>
  agent.api('POST', '/api/destinations/local/contents/adopt', order);
const mark = (agent: Agent, order: object): Promise<Answer> =>
  agent.api('POST', '/api/destinations/local/contents/mark', order);

/** Why each object there is unknown. */
async function contentsOf(agent: Agent): Promise<Record<string, string>> {
  const { body } = await agent.api('GET', '/api/destinations/local/contents');
  const unknown = body.unknown as { object_key: string; reason: string }[];
  return Object.fromEntries(unknown.map(({ object_key, reason }) => [object_key, reason]));
}

/** sha256 of what a download gives. */
async function downloadOf(agent: Agent, id: string): Promise<string> {
  const answer = await fetch(`${agent.url}/api/backups/${id}/download`, {
    headers: { authorization: `Bearer ${agent.apiToken}` },
  });
  return createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex');
}

/** As in the name of an object, in UTC. */
const stampOf = (at: Date): string =>
  at.toISOString().slice(0, 16).replaceAll('-', '').replace('T', '_').replace(':', '');
