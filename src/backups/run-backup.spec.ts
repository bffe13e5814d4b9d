import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../apps/app.entity.js';
import { MANIFEST } from './manifest.js';
import { makeWorld, sha256 } from './world.fixture.js';
import type { World } from './world.fixture.js';

const BIG = Buffer.alloc(3 * 1024 * 1024 + 17, 'x');

describe('a run', () => {
  let world: World;
  let app: App;

  beforeEach(async () => {
    world = await makeWorld();
    app = await world.addApp({ destinations: 'nas,cloud' });
  });
  afterEach(() => world.close());

  const finals = (objects: ReadonlyMap<string, Buffer>): string[] =>
    [...objects.keys()].filter((key) => !key.includes('manifest') && !key.includes('/.'));

  it('stores one export at every destination, proven, with a manifest, and says so', async () => {
    world.exporter.bytes = BIG;
    const run = await world.run(app);
    expect(run).toMatchObject({
      outcome: 'succeeded',
      sizeBytes: BIG.length,
      sha256: sha256(BIG),
      warnings: [],
    });
    for (const destination of [world.nas, world.cloud]) {
      expect(finals(destination.objects)).toEqual(['ghost/app_20261124_0300.dump']);
      expect(destination.objects.get('ghost/app_20261124_0300.dump')?.equals(BIG)).toBe(true);
      const manifest = MANIFEST.parse(
        JSON.parse(String(destination.objects.get('ghost/app_20261124_0300.dump.manifest.json'))),
      );
      expect(manifest).toMatchObject({
        app: { key: app.key },
        sha256: sha256(BIG),
        size_bytes: BIG.length,
        run_id: run.id,
      });
    }
    const rows = await world.catalog.ofApp(app.id);
    expect(rows.map((row) => [row.destination, row.state, row.proof.destination.level])).toEqual([
      ['cloud', 'verified', 'hash'],
      ['nas', 'verified', 'read-back'],
    ]);
    const steps = await world.ledger.steps(run.id);
    expect(steps.map((step) => [step.name, step.outcome])).toEqual(
      ['prepare', 'export', 'upload', 'verify', 'commit', 'record', 'prune'].map((name) => [name, 'ok']),
    );
    expect(world.notifier.notices).toMatchObject([
      { outcome: 'succeeded', copies: [{ stored: true }, { stored: true }] },
    ]);
  });

  it.each([0, 1, 51_200, 65_536, BIG.length - 1, BIG.length])(
    'keeps nothing when the app breaks off after %d bytes, and the older copy stays',
    async (breaksAfter) => {
      const older = await world.run(app);
      world.clock.advance(86_400_000);
      Object.assign(world.exporter, { bytes: BIG, breaksAfter });
      const run = await world.run(app);
      expect(run).toMatchObject({ outcome: 'failed', errorCode: 'export-broken', sha256: null });
      for (const destination of [world.nas, world.cloud])
        expect(finals(destination.objects)).toEqual(['ghost/app_20261124_0300.dump']);
      expect((await world.catalog.ofApp(app.id)).map((row) => row.runId)).toEqual([older.id, older.id]);
      expect(run.plannedCopies.map((copy) => copy.outcome)).toEqual(['failed', 'failed']);
    },
  );

  it.each([
    ['checksum-mismatch', { sizeBytes: 9, sha256: 'a'.repeat(64) }],
    ['size-mismatch', { sizeBytes: 10 }],
    ['size-mismatch', { sizeBytes: 8 }],
  ] as const)('keeps nothing on %s', async (code, declared) => {
    world.exporter.declared = declared;
    expect(await world.run(app)).toMatchObject({ outcome: 'failed', errorCode: code });
    expect([...finals(world.nas.objects), ...finals(world.cloud.objects)]).toEqual([]);
  });

  it('refuses an empty export unless it was declared empty', async () => {
    world.exporter.bytes = Buffer.alloc(0);
    world.exporter.declared = {};
    expect(await world.run(app)).toMatchObject({ errorCode: 'export-empty' });
    world.exporter.declared = { sizeBytes: 0 };
    expect(await world.run(app)).toMatchObject({ outcome: 'succeeded' });
  });

  it('keeps nothing below the smallest size that a person set, whatever the app declares', async () => {
    const small = await world.addApp({ destinations: 'nas', minSizeBytes: '10b' }, 'compose:shop/db');
    expect(await world.run(small)).toMatchObject({ outcome: 'failed', errorCode: 'export-too-small' });
    Object.assign(world.exporter, { bytes: Buffer.alloc(0), declared: { sizeBytes: 0 } });
    expect(await world.run(small)).toMatchObject({ errorCode: 'export-too-small' });
    expect(finals(world.nas.objects)).toEqual([]);
    Object.assign(world.exporter, { bytes: Buffer.alloc(10, 'x'), declared: null });
    expect(await world.run(small)).toMatchObject({ outcome: 'succeeded' });
  });

  it.each(['truncates', 'corrupts'] as const)(
    'does not call it a backup when the destination %s what it was given',
    async (silently) => {
      world.nas.faults.silently = silently;
      const run = await world.run(app);
      expect(run).toMatchObject({ outcome: 'partial', errorCode: 'verify-mismatch' });
      expect(finals(world.nas.objects)).toEqual([]);
      expect(finals(world.cloud.objects)).toHaveLength(1);
    },
  );

  it('goes on with the others when one destination is full, away or not configured', async () => {
    world.nas.faults.capacityBytes = 1000;
    world.exporter.bytes = BIG;
    expect(await world.run(app)).toMatchObject({ outcome: 'partial', errorCode: 'destination-full' });
    world.nas.faults.failure = 'destination-unreachable';
    expect(await world.run(app)).toMatchObject({ outcome: 'partial', errorCode: 'destination-unreachable' });
    world.destinations.all.delete('nas');
    const run = await world.run(app);
    expect(run).toMatchObject({ outcome: 'partial', errorCode: 'destination-not-configured' });
    expect(await world.catalog.ofRun(run.id)).toMatchObject([{ destination: 'cloud', state: 'verified' }]);
  });

  it('does not ask the app when no destination can take it', async () => {
    for (const destination of [world.nas, world.cloud])
      destination.faults.failure = 'destination-unreachable';
    expect(await world.run(app)).toMatchObject({ outcome: 'failed', errorCode: 'destination-unreachable' });
    expect(world.exporter.calls).toBe(0);
  });

  it('does not write to a destination that lost its marker', async () => {
    await world.run(app);
    world.nas.objects.clear();
    world.clock.advance(86_400_000);
    const run = await world.run(app);
    expect(run).toMatchObject({ outcome: 'partial', errorCode: 'destination-changed' });
    expect(world.nas.objects.size).toBe(0);
    expect((await world.catalog.ofApp(app.id)).filter((row) => row.destination === 'nas')).toMatchObject([
      { state: 'verified' },
    ]);
    // Another app that has never been there does not write to it either.
    const other = await world.addApp({ destinations: 'nas' }, 'compose:other/app');
    expect(await world.run(other)).toMatchObject({ outcome: 'failed', errorCode: 'destination-changed' });
  });

  it('numbers a second backup of the same minute and never overwrites', async () => {
    await world.run(app);
    world.exporter.bytes = Buffer.from('another export');
    await world.run(app);
    expect(finals(world.nas.objects)).toEqual([
      'ghost/app_20261124_0300.dump',
      'ghost/app_20261124_0300_2.dump',
    ]);
    world.nas.objects.set('ghost/app_20261124_0300_3.dump', Buffer.from('somebody else’s'));
    await world.run(app);
    expect(String(world.nas.objects.get('ghost/app_20261124_0300_3.dump'))).toBe('somebody else’s');
    expect(world.nas.objects.has('ghost/app_20261124_0300_4.dump')).toBe(true);
  });

  it('is stopped by a person at any moment and keeps nothing', async () => {
    Object.assign(world.exporter, { bytes: BIG, hangs: true });
    const { id } = await world.runs.start(app.id, 'manual');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await world.runs.cancel(id);
    expect(await world.ended(id)).toMatchObject({ outcome: 'cancelled' });
    expect([...finals(world.nas.objects), ...finals(world.cloud.objects)]).toEqual([]);
  });

  it('names the links of the proof that the app left out', async () => {
    world.exporter.declared = {};
    const run = await world.run(app);
    expect(run.warnings.map((warning) => warning.code)).toEqual(['no-checksum', 'no-size']);
  });

  it('is one run, however often it is asked for at once', async () => {
    const started = await Promise.all(Array.from({ length: 20 }, () => world.runs.start(app.id, 'api')));
    expect(new Set(started.map((run) => run.id)).size).toBe(1);
    await world.ended(started[0]!.id);
    expect(world.exporter.calls).toBe(1);
  });

  it('is tried again by the code of its failure, as a new attempt with its own steps, where it is still missing', async () => {
    const again = await makeWorld({ retryDelaysMs: [20, 20] });
    try {
      const twice = await again.addApp({ destinations: 'nas,cloud' });
      again.nas.faults.capacityBytes = 0;
      const { id } = await again.runs.start(twice.id, 'schedule');
      while ((await again.ledger.byId(id))?.attempt === 1)
        await new Promise((resolve) => setTimeout(resolve, 2));
      again.nas.faults.capacityBytes = Infinity;
      expect(await again.ended(id)).toMatchObject({ outcome: 'succeeded', attempt: 2, errorCode: null });
      expect(finals(again.cloud.objects)).toHaveLength(1);
      expect(finals(again.nas.objects)).toHaveLength(1);
      expect(new Set((await again.ledger.steps(id)).map((step) => step.attempt))).toEqual(new Set([1, 2]));

      again.exporter.failure = 'app-auth';
      expect(await again.run(twice)).toMatchObject({ outcome: 'failed', attempt: 1, errorCode: 'app-auth' });
    } finally {
      await again.close();
    }
  });

  it('holds a copy of unusual size out of what counts as good until a person accepts it, and prunes nothing', async () => {
    const only = await world.addApp({ destinations: 'nas', retention: 'last=3,min=3' }, 'compose:sized/app');
    world.exporter.bytes = Buffer.alloc(1000, 'a');
    for (let day = 0; day < 3; day += 1) {
      await world.run(only);
      world.clock.advance(86_400_000);
    }
    world.exporter.bytes = Buffer.alloc(10, 'a');
    const run = await world.run(only);
    expect(run.warnings.map((warning) => warning.code)).toEqual(['size-unusual']);
    const [copy] = await world.catalog.ofRun(run.id);
    expect(copy?.state).toBe('suspicious');
    expect((await world.catalog.ofApp(only.id)).map((row) => row.state)).toEqual([
      'suspicious',
      'verified',
      'verified',
      'verified',
    ]);
    expect(await world.catalog.accept(copy!.id)).toBe(true);
    expect((await world.catalog.byId(copy!.id))?.state).toBe('verified');
  });
});
