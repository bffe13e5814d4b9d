import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../apps/app.entity.js';
import type { Backup } from './backup.entity.js';
import { brakeOf, pruneCopies } from './prune-copies.js';
import { makeWorld } from './world.fixture.js';
import type { World } from './world.fixture.js';

const DAY_MS = 86_400_000;

describe('pruning', () => {
  let world: World;
  let app: App;

  beforeEach(async () => {
    world = await makeWorld();
    app = await world.addApp({ destinations: 'nas', retention: 'last=3,min=3' });
  });
  afterEach(() => world.close());

  /** One backup a day; gives the run of the last. */
  async function days(count: number) {
    let last = await world.run(app);
    for (let day = 1; day < count; day += 1) {
      world.clock.advance(DAY_MS);
      last = await world.run(app);
    }
    return last;
  }
  const copies = (): Promise<Backup[]> => world.catalog.ofApp(app.id);
  const objects = (): string[] => [...world.nas.objects.keys()].filter((key) => key.endsWith('.dump'));

  it('keeps the rows of what it deleted as history, and deletes manifests too', async () => {
    await days(5);
    expect(objects()).toHaveLength(3);
    expect([...world.nas.objects.keys()].filter((key) => key.includes('manifest'))).toHaveLength(3);
    expect(await copies()).toHaveLength(3);
    const [row] = await world.db.query("SELECT COUNT(*) AS gone FROM backups WHERE state = 'deleted'");
    expect(row).toEqual({ gone: 2 });
  });

  it('does not run after a failed run', async () => {
    await days(3);
    world.clock.advance(DAY_MS);
    world.exporter.failure = 'app-error';
    await world.run(app);
    expect(objects()).toHaveLength(3);
  });

  it('never touches what the agent did not write, nor what is pinned', async () => {
    world.nas.objects.set('ghost/app_20200101_0000.dump', Buffer.from('by hand'));
    await world.run(app);
    await world.catalog.pin((await copies())[0]!.id, true);
    world.clock.advance(DAY_MS);
    await days(5);
    expect(objects()).toContain('ghost/app_20200101_0000.dump');
    expect(objects()).toContain('ghost/app_20261124_0300.dump');
    expect(objects()).toHaveLength(1 + 1 + 3);
  });

  it('marks a copy that is gone as missing, says so, and does not count it', async () => {
    await days(3);
    world.nas.objects.delete(objects()[0]!);
    world.clock.advance(DAY_MS);
    const run = await world.run(app);
    expect(run.warnings.map((warning) => warning.code)).toEqual(['copy-missing']);
    expect((await copies()).map((copy) => copy.state)).toEqual([
      'verified',
      'verified',
      'verified',
      'missing',
    ]);
  });

  it('refuses when the listing hides copies that are there, or the newest one', async () => {
    const last = await days(3);
    const [newest] = await world.catalog.ofRun(last.id);
    const order = {
      appId: app.id,
      retention: { last: 1, daily: 0, weekly: 0, monthly: 0, yearly: 0, min: 1 },
      timezone: 'UTC',
    };
    const io = { catalog: world.catalog, now: () => world.clock.now() };
    const list = world.nas.list.bind(world.nas);
    world.nas.list = async (folder) =>
      (await list(folder)).filter((object) => object.key === newest!.objectKey);
    expect(await pruneCopies(world.nas, newest!, order, io, () => undefined)).toMatchObject([
      { code: 'prune-failed' },
    ]);
    world.nas.list = () => Promise.resolve([]);
    expect(await pruneCopies(world.nas, newest!, order, io, () => undefined)).toMatchObject([
      { code: 'prune-refused' },
    ]);
    expect(objects()).toHaveLength(3);
    expect((await copies()).every((copy) => copy.state === 'verified')).toBe(true);
  });

  it('stops at the first error, keeps the intent, and finishes next time', async () => {
    await days(3);
    world.clock.advance(DAY_MS);
    world.nas.faults.keepsRemoved = true;
    const run = await world.run(app);
    expect(run).toMatchObject({ outcome: 'succeeded', warnings: [{ code: 'prune-failed' }] });
    expect((await copies()).filter((copy) => copy.state === 'deleting')).toHaveLength(1);
    world.nas.faults.keepsRemoved = false;
    world.clock.advance(DAY_MS);
    await world.run(app);
    expect((await copies()).filter((copy) => copy.state === 'deleting')).toHaveLength(0);
    expect(objects()).toHaveLength(3);
  });

  it('waits for a person when more than usual would go', async () => {
    const roomy = await world.addApp({ destinations: 'nas', retention: 'last=20' }, 'compose:roomy/app');
    for (let day = 0; day < 12; day += 1) {
      await world.run(roomy);
      world.clock.advance(DAY_MS);
    }
    await world.apps.update(roomy.id, { declaration: { destinations: 'nas', retention: 'last=3' } });
    const run = await world.run(roomy);
    expect(run.warnings.map((warning) => warning.code)).toEqual(['prune-brake']);
    expect(await world.catalog.ofApp(roomy.id)).toHaveLength(13);
  });

  it('finishes what it began to delete, also when it waits for a person with the rest', async () => {
    const roomy = await world.addApp({ destinations: 'nas', retention: 'last=20' }, 'compose:roomy/app');
    for (let day = 0; day < 12; day += 1) {
      world.clock.advance(DAY_MS);
      await world.run(roomy);
    }
    // As a kill leaves it: the object is gone, and the row says only that it was to go.
    const [begun] = (await world.catalog.ofApp(roomy.id)).slice(-1);
    await world.catalog.setState(begun!.id, 'deleting');
    world.nas.objects.delete(begun!.objectKey);
    await world.apps.update(roomy.id, { declaration: { destinations: 'nas', retention: 'last=3' } });
    const run = await world.run(roomy);
    expect(run.warnings.map((warning) => warning.code)).toEqual(['prune-brake']);
    expect(await world.catalog.byId(begun!.id)).toMatchObject({ state: 'deleted' });
    expect(await world.catalog.ofApp(roomy.id)).toHaveLength(12);
  });

  it.each([
    [5, 3],
    [10, 3],
    [100, 30],
  ])('brakes, of %d copies, beyond %d', (of, most) => expect(brakeOf(of)).toBe(most));
});
