import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../apps/app.entity.js';
import { BackupFailure } from '../core/failure.js';
import { markerIn, partialOf } from './object-name.js';
import type { PlannedCopy, Run } from './run.entity.js';
import { makeWorld, sha256 } from './world.fixture.js';
import type { World } from './world.fixture.js';

const BYTES = Buffer.from('what the app sent');
const KEY = 'ghost/app_20261124_0300.dump';

describe('a run that the agent died in', () => {
  let world: World;
  let app: App;

  beforeEach(async () => {
    world = await makeWorld();
    app = await world.addApp({ destinations: 'nas,cloud' });
  });
  afterEach(() => world.close());

  const store = (destination: 'nas' | 'cloud', key: string, bytes = BYTES): Promise<void> =>
    world[destination].store(
      key,
      Readable.from([bytes], { objectMode: false }),
      new AbortController().signal,
    );

  /** The row as a killed agent leaves it. */
  async function leftBehind(counted: boolean, destinations: ('nas' | 'cloud')[]): Promise<Run> {
    const run = await world.ledger.queue({ id: 'run-1', appId: app.id, trigger: 'schedule' });
    await world.ledger.begin(run.id);
    const plannedCopies = destinations.map((destination): PlannedCopy => {
      // As every run does before it sends anything.
      world[destination].objects.set(markerIn('ghost'), Buffer.from('{}'));
      const partialKey = destination === 'nas' ? partialOf(KEY) : KEY;
      return { destination, key: KEY, partialKey, outcome: 'pending', error: null };
    });
    const facts = counted
      ? { sizeBytes: BYTES.length, sha256: sha256(BYTES), declared: { sizeBytes: BYTES.length } }
      : {};
    await world.ledger.update(run.id, { plannedCopies, ...facts });
    return (await world.ledger.byId(run.id))!;
  }

  const recover = async (run: Run): Promise<Run> => {
    await world.recovery.recover(run, new AbortController().signal);
    return (await world.ledger.byId(run.id))!;
  };
  const keys = (destination: 'nas' | 'cloud'): string[] =>
    [...world[destination].objects.keys()].filter((key) => key !== markerIn('ghost'));

  it.each(['nas', 'cloud'] as const)(
    'in mid-stream: what is left at %s goes, the run is interrupted',
    async (destination) => {
      await store(destination, destination === 'nas' ? partialOf(KEY) : KEY, BYTES.subarray(0, 5));
      expect(await recover(await leftBehind(false, [destination]))).toMatchObject({
        state: 'finished',
        outcome: 'interrupted',
      });
      expect(keys(destination)).toEqual([]);
    },
  );

  it.each(['nas', 'cloud'] as const)(
    'after the upload to %s: what is provably whole is promoted',
    async (destination) => {
      await store(destination, destination === 'nas' ? partialOf(KEY) : KEY);
      const run = await recover(await leftBehind(true, [destination]));
      expect(run).toMatchObject({ outcome: 'succeeded', errorCode: null });
      expect(run.warnings.map((warning) => warning.code)).toEqual(['recovered']);
      expect(keys(destination)).toEqual([KEY, `${KEY}.manifest.json`]);
      expect(await world.catalog.ofApp(app.id)).toMatchObject([
        { objectKey: KEY, sha256: sha256(BYTES), state: 'verified' },
      ]);
    },
  );

  it('after the upload, but what lies there is not what was sent: it goes', async () => {
    await store('nas', partialOf(KEY), Buffer.from('what the app sen?'));
    expect(await recover(await leftBehind(true, ['nas']))).toMatchObject({ outcome: 'interrupted' });
    expect(keys('nas')).toEqual([]);
  });

  it.each([true, false])(
    'after the rename (manifest written: %s): it is recorded once',
    async (withManifest) => {
      await store('nas', KEY);
      if (withManifest) await store('nas', `${KEY}.manifest.json`, Buffer.from('{"cut'));
      expect(await recover(await leftBehind(true, ['nas']))).toMatchObject({ outcome: 'succeeded' });
      expect(JSON.parse(String(world.nas.objects.get(`${KEY}.manifest.json`)))).toMatchObject({
        sha256: sha256(BYTES),
      });
      expect(await world.catalog.ofApp(app.id)).toHaveLength(1);
    },
  );

  it('after the row: nothing is recorded twice', async () => {
    await store('nas', partialOf(KEY));
    const run = await leftBehind(true, ['nas']);
    await recover(run);
    await world.ledger.update(run.id, { state: 'running', plannedCopies: run.plannedCopies });
    expect(await recover((await world.ledger.byId(run.id))!)).toMatchObject({ outcome: 'succeeded' });
    expect(await world.catalog.ofApp(app.id)).toHaveLength(1);
  });

  it('leaves a final name alone that does not match: it may be somebody else’s', async () => {
    await store('nas', KEY, Buffer.from('not ours'));
    expect(await recover(await leftBehind(true, ['nas']))).toMatchObject({ outcome: 'interrupted' });
    expect(String(world.nas.objects.get(KEY))).toBe('not ours');
  });

  it('decides each destination for itself', async () => {
    await store('nas', KEY);
    await store('cloud', KEY, BYTES.subarray(0, 3));
    expect(await recover(await leftBehind(true, ['nas', 'cloud']))).toMatchObject({ outcome: 'partial' });
    expect(keys('cloud')).toEqual([]);
    expect((await world.catalog.ofApp(app.id)).map((row) => row.destination)).toEqual(['nas']);
  });

  it('looks again later where the folder has lost its marker: a disk may not be mounted', async () => {
    const run = await leftBehind(true, ['nas']);
    world.nas.objects.clear();
    expect((await recover(run)).plannedCopies).toMatchObject([{ outcome: 'unsettled' }]);
    world.nas.objects.set(markerIn('ghost'), Buffer.from('{}'));
    await store('nas', partialOf(KEY), BYTES.subarray(0, 5));
    await world.run(app);
    expect(keys('nas').filter((key) => key.endsWith('.partial'))).toEqual([]);
    expect((await world.ledger.byId(run.id))?.plannedCopies).toMatchObject([{ outcome: 'failed' }]);
  });

  it('cleans up later where a destination cannot be asked now', async () => {
    await store('nas', partialOf(KEY), BYTES.subarray(0, 5));
    world.nas.faults.failure = 'destination-unreachable';
    const run = await recover(await leftBehind(false, ['nas']));
    expect(run.plannedCopies).toMatchObject([{ outcome: 'unsettled' }]);
    world.nas.faults.failure = null;
    expect(await world.run(app)).toMatchObject({ outcome: 'succeeded' });
    expect(keys('nas').filter((key) => key.endsWith('.partial'))).toEqual([]);
    expect((await world.ledger.byId(run.id))?.plannedCopies).toMatchObject([{ outcome: 'failed' }]);
  });

  it('F3: cleans up at the end of a run what could not be asked at its beginning', async () => {
    await store('nas', partialOf(KEY), BYTES.subarray(0, 5));
    world.nas.faults.failure = 'destination-unreachable';
    const run = await recover(await leftBehind(false, ['nas']));
    world.nas.faults.failure = null;
    const stat = world.nas.stat.bind(world.nas);
    world.nas.stat = () => {
      world.nas.stat = stat;
      return Promise.reject(new BackupFailure('rclone-unavailable'));
    };
    expect(await world.run(app)).toMatchObject({ outcome: 'succeeded' });
    expect(keys('nas').filter((key) => key.endsWith('.partial'))).toEqual([]);
    expect((await world.ledger.byId(run.id))?.plannedCopies).toMatchObject([{ outcome: 'failed' }]);
  });
});
