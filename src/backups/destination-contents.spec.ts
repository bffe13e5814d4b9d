import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppDestinations } from '../apps/app-destinations.js';
import { App } from '../apps/app.entity.js';
import { AuditEntry } from '../apps/audit-entry.entity.js';
import { AgentIdentity } from '../db/agent-identity.js';
import { DestinationUses } from '../destinations/destination-uses.js';
import { MemoryDestination } from '../destinations/memory.destination.js';
import { AdoptCopies } from './adopt-copies.js';
import type { AdoptReport } from './adopt-copies.js';
import { AppOfManifest } from './app-of-manifest.js';
import { Backup } from './backup.entity.js';
import { DestinationContents } from './destination-contents.js';
import { DestinationFollowers } from './destination-followers.js';
import { FolderMarks, MarkedPlaces } from './folder-marks.js';
import { FolderOwners } from './folder-owners.js';
import { manifestOf } from './object-name.js';
import { Run } from './run.entity.js';
import { UsedFolders } from './used-folders.js';
import { makeWorld } from './world.fixture.js';
import type { World } from './world.fixture.js';

const MARKER = 'ghost/.backup-orchestrator.json';

/** Destinations in memory have no marker at their root. */
const NO_ROOTS = { isLost: () => Promise.resolve(false), renew: () => Promise.resolve() };

describe('what lies at a destination', () => {
  let world: World;
  let app: App;
  let signal: AbortSignal;

  /** As an agent of that name sees it, with the rows that there are. */
  function agent(id = 'this-agent') {
    const { db, apps, destinations, clock } = world;
    const owners = new FolderOwners(new AgentIdentity(id), world.clock);
    const followers = new DestinationFollowers(db, new DestinationUses(), new AppDestinations(db, apps, clock));
    const contents = new DestinationContents(destinations, new UsedFolders(db, apps, destinations, followers), owners, NO_ROOTS);
    return {
      contents,
      copies: new AdoptCopies(db, destinations, contents, new AppOfManifest(db, apps, clock), clock),
      marks: new FolderMarks(db, contents, new MarkedPlaces(destinations, owners, NO_ROOTS), clock),
    };
  } // prettier-ignore
  const adopt = (objectKeys: string[] | null = null, id?: string): Promise<AdoptReport> =>
    agent(id).copies.adopt('nas', { objectKeys, who: 'ana' }, signal);
  const backUp = async (): Promise<Backup> => {
    const run = await world.run(app);
    expect(run.outcome).toBe('succeeded');
    world.clock.advance(3_600_000);
    return (await world.catalog.ofRun(run.id))[0]!;
  };
  const rows = (): Promise<Backup[]> =>
    world.db.getRepository(Backup).find({ order: { createdAt: 'DESC', seq: 'DESC' } });
  const forget = async (): Promise<void> => {
    for (const entity of [Backup, Run, App]) await world.db.getRepository(entity).clear();
  };
  const refusals = ({ refused }: AdoptReport): string[][] =>
    refused.map(({ objectKey, failure }) => [objectKey, failure.code]);

  beforeEach(async () => {
    world = await makeWorld();
    app = await world.addApp();
    signal = new AbortController().signal;
  });
  afterEach(() => world.close());

  it('shows a folder that nothing was written to as absent, then as ours, and nothing of ours as unknown', async () => {
    const look = () => agent().contents.look('nas', signal);
    const folder = { destination: 'nas', folder: 'ghost', owner: null };
    expect((await look()).folders).toEqual([{ ...folder, state: 'absent', backups: 0 }]);
    await backUp();
    expect(await look()).toEqual({
      folders: [{ ...folder, state: 'ours', backups: 1 }],
      unknown: [],
      truncated: false,
    });
    world.nas.objects.delete(MARKER);
    expect((await look()).folders).toEqual([{ ...folder, state: 'unmarked', backups: 1 }]);
    expect((await agent('another').contents.look('cloud', signal)).folders).toEqual([]);
  });

  it('takes a copy whose row was lost in again, verified, before all that the agent made since', async () => {
    const lost = await backUp();
    await world.db.getRepository(Backup).delete({ id: lost.id });
    const newer = await backUp();
    await world.nas.put('ghost/notes.txt', Buffer.from('mine'));
    const report = await adopt();
    expect(report).toMatchObject({ refused: [], truncated: false });
    const [row] = report.adopted;
    const changed = { id: row!.id, seq: newer.seq - 1, checkedAt: world.clock.now() };
    expect(row).toEqual(Object.assign(new Backup(), lost, changed));
    expect(await world.db.getRepository(AuditEntry).find()).toMatchObject([
      { who: 'ana', action: 'backup-adopted', subject: row!.id, after: `nas:${lost.objectKey}` },
    ]);
    expect(await adopt()).toEqual({ adopted: [], refused: [], truncated: false });
    // Asked for by name once more: it is as wanted.
    expect((await adopt([lost.objectKey])).adopted).toEqual([row]);
    expect((await agent().contents.look('nas', signal)).unknown).toMatchObject([
      { objectKey: 'ghost/notes.txt', reason: 'no-manifest', sizeBytes: 4 },
    ]);
  });

  it('refuses other bytes than the manifest tells of, objects without one, and those that are not there', async () => {
    const lost = await backUp();
    await world.db.getRepository(Backup).clear();
    const bytes = Buffer.from(world.nas.objects.get(lost.objectKey)!);
    bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
    world.nas.objects.set(lost.objectKey, bytes);
    await world.nas.put('ghost/notes.txt', Buffer.from('mine'));
    const before = new Map(world.nas.objects);
    expect(refusals(await adopt([lost.objectKey, 'ghost/notes.txt', 'ghost/nowhere']))).toEqual([
      ['ghost/nowhere', 'copy-missing'],
      [lost.objectKey, 'copy-corrupt'],
      ['ghost/notes.txt', 'not-adoptable'],
    ]);
    expect(await rows()).toEqual([]);
    expect(world.nas.objects).toEqual(before);
  });

  it('brings the row of a deleted copy back to life when the same bytes are there, and only then', async () => {
    const copy = await backUp();
    await world.catalog.setState(copy.id, 'deleted');
    const [again] = (await adopt()).adopted;
    expect(again).toMatchObject({ id: copy.id, state: 'verified' });
    await world.db
      .getRepository(Backup)
      .update({ id: copy.id }, { state: 'deleted', sha256: 'f'.repeat(64) });
    expect(refusals(await adopt())).toEqual([[copy.objectKey, 'object-exists']]);
  });

  it('leaves alone what a run under way has planned', async () => {
    const copy = await backUp();
    await world.db.getRepository(Backup).clear();
    await world.db.getRepository(Run).update({ id: copy.runId }, { state: 'running' });
    expect((await agent().contents.look('nas', signal)).unknown).toEqual([]);
    expect(refusals(await adopt([copy.objectKey]))).toEqual([[copy.objectKey, 'copy-missing']]);
  });

  it('starts again with only the destination left: taken over, the apps and copies are as they were', async () => {
    const made = [await backUp(), await backUp(), await backUp()];
    await forget();
    const { contents, copies, marks } = agent('fresh');
    const seen = await contents.look('nas', signal);
    expect(seen.folders).toEqual([
      { destination: 'nas', folder: 'ghost', state: 'other-agent', owner: 'this-agent', backups: 0 },
    ]);
    const order = { destination: 'nas', folder: 'ghost', takeOver: false, who: 'ana' };
    const all = { objectKeys: null, who: 'ana' };
    const refused = await copies.adopt('nas', all, signal);
    expect(refusals(refused)).toEqual(made.map(({ objectKey }) => [objectKey, 'destination-owned']).reverse());
    await expect(marks.mark('nas', order, signal)).rejects.toMatchObject({ code: 'destination-owned' });
    await expect(marks.mark('nas', { ...order, folder: 'elsewhere' }, signal)).rejects.toMatchObject({
      code: 'folder-unknown',
    });
    expect(await rows()).toEqual([]);
    expect(await marks.mark('nas', { ...order, takeOver: true }, signal)).toMatchObject({ state: 'ours' });
    await copies.adopt('nas', all, signal);
    const [registered] = await world.apps.all();
    expect(registered).toMatchObject({ key: app.key, slug: 'ghost', state: 'missing', project: 'ghost', service: 'app' });
    const adopted = await rows();
    expect(adopted.map(({ sha256, objectKey, seq }) => ({ sha256, objectKey, seq }))).toEqual(
      [...made].reverse().map(({ sha256, objectKey }, nth) => ({ sha256, objectKey, seq: 0 - nth })),
    );
    expect(adopted.every(({ appId, proof }) => appId === registered!.id && proof.runUnknown === true)).toBe(true);
    const actions = (await world.db.getRepository(AuditEntry).find()).map(({ action }) => action).sort();
    expect(actions).toEqual([
      'app-added', 'backup-adopted', 'backup-adopted', 'backup-adopted', 'destination-taken-over',
    ]); // prettier-ignore
    await expect(agent().contents.look('nas', signal)).resolves.toMatchObject({
      folders: [{ state: 'other-agent', owner: 'fresh', backups: 3 }],
    });
  }); // prettier-ignore

  it('broken off in the middle, keeps what it has taken in, and goes on when it is asked again', async () => {
    const made = [await backUp(), await backUp(), await backUp()];
    await world.db.getRepository(Backup).clear();
    const stop = new AbortController();
    const { copies } = agent();
    const open = world.nas.open.bind(world.nas);
    let read = 0;
    world.nas.open = async (key, until) => {
      if (!key.endsWith('.json') && ++read === 2) stop.abort();
      return open(key, until);
    };
    await expect(copies.adopt('nas', { objectKeys: null, who: 'ana' }, stop.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect((await rows()).map(({ objectKey }) => objectKey)).toEqual([made[2]!.objectKey]);
    world.nas.open = open;
    expect((await adopt()).adopted.map(({ objectKey }) => objectKey)).toEqual([
      made[1]!.objectKey,
      made[0]!.objectKey,
    ]);
  });

  it('a folder that was deleted by hand is marked again, and the next run goes on; what was there is missing', async () => {
    const gone = await backUp();
    world.nas.objects.clear();
    expect(await world.run(app)).toMatchObject({ outcome: 'failed', errorCode: 'destination-changed' });
    const { contents, marks } = agent();
    expect((await contents.look('nas', signal)).folders).toMatchObject([{ state: 'absent', backups: 1 }]);
    await marks.mark('nas', { destination: 'nas', folder: 'ghost', takeOver: false, who: 'ana' }, signal);
    await backUp();
    expect(await world.catalog.byId(gone.id)).toMatchObject({ state: 'missing' });
    expect((await rows()).map(({ state }) => state)).toEqual(['verified', 'missing']);
  });

  it('an app that was added by hand comes back archived: nobody knows where it is now', async () => {
    await world.db.getRepository(App).update({ id: app.id }, { key: 'manual:ghost', origin: 'manual' });
    app = (await world.apps.byId(app.id))!;
    const copy = await backUp();
    await forget();
    expect((await adopt([copy.objectKey])).adopted).toHaveLength(1);
    expect(await world.apps.all()).toMatchObject([
      { key: 'manual:ghost', origin: 'manual', state: 'archived', slug: 'ghost' },
    ]);
  });

  it('a folder that was taken over from an agent that still works is its own no longer, within minutes', async () => {
    const copy = await backUp();
    const order = { destination: 'nas', folder: 'ghost', takeOver: true, who: 'ana' };
    await agent('fresh').marks.mark('nas', order, signal);
    expect(await world.run(app)).toMatchObject({ outcome: 'failed', errorCode: 'destination-owned' });
    expect(await world.catalog.byId(copy.id)).toMatchObject({ state: 'verified' });
  });

  it('Drive folders of apps are looked into as the places that their copies are known by', async () => {
    const root = new MemoryDestination({ name: 'nas@folder-of-ghost' });
    world.destinations.all.set(root.name, root);
    world.destinations.rooted = (name, id) => Promise.resolve(`${name}@${id}`);
    await world.apps.update(app.id, { declaration: { driveFolderId: 'folder-of-ghost' } });
    const copy = await backUp();
    expect(copy.destination).toBe(root.name);
    await world.db.getRepository(Backup).clear();
    const { contents, marks } = agent();
    const seen = await contents.look('nas', signal);
    const place = { destination: root.name, folder: 'ghost' };
    expect(seen.folders).toEqual([{ ...place, state: 'ours', owner: null, backups: 0 }]);
    expect((await adopt()).adopted).toMatchObject([{ destination: root.name, objectKey: copy.objectKey }]);
    root.objects.clear();
    const order = { ...place, takeOver: false, who: 'ana' };
    await expect(marks.mark('nas', { ...order, destination: 'nas' }, signal)).rejects.toThrow();
    await marks.mark('nas', order, signal);
    expect([...root.objects.keys()]).toEqual([MARKER]);
  });

  it('a manifest as large as no manifest is, is not read to its end', async () => {
    const copy = await backUp();
    await world.db.getRepository(Backup).clear();
    world.nas.objects.set(manifestOf(copy.objectKey), Buffer.alloc(1024 * 1024, ' '));
    expect((await agent().contents.look('nas', signal)).unknown).toMatchObject([
      { objectKey: copy.objectKey, reason: 'manifest-unreadable' },
    ]);
  });

  it('more objects than one look goes through are said to be more, and those with a manifest come first', async () => {
    const copy = await backUp();
    await world.db.getRepository(Backup).clear();
    for (let nth = 0; nth < 600; nth += 1)
      world.nas.objects.set(`ghost/zz-${randomUUID()}`, Buffer.from('x'));
    const { unknown, truncated } = await agent().contents.look('nas', signal);
    expect(truncated).toBe(true);
    expect(unknown).toHaveLength(500);
    expect(unknown[0]).toMatchObject({ objectKey: copy.objectKey, reason: 'adoptable' });
  });
});
