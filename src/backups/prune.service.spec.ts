import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../apps/app.entity.js';
import { AgentIdentity } from '../db/agent-identity.js';
import { FolderOwners } from './folder-owners.js';
import { PruneService } from './prune.service.js';
import { RunStores } from './run-io.js';
import { makeWorld } from './world.fixture.js';
import type { World } from './world.fixture.js';

const DAY_MS = 86_400_000;

describe('pruning by hand', () => {
  let world: World;
  let app: App;
  let prunes: PruneService;

  beforeEach(async () => {
    world = await makeWorld();
    app = await world.addApp({ destinations: 'nas', retention: 'last=9,min=1' });
    prunes = new PruneService(world.apps, world.stores, world.queue, world.clock);
    for (let day = 0; day < 4; day += 1) {
      await world.run(app);
      world.clock.advance(DAY_MS);
    }
    await world.db.query('UPDATE apps SET declaration = ? WHERE id = ?', [
      JSON.stringify({ destinations: 'nas', retention: 'last=2,min=1' }),
      app.id,
    ]);
  });
  afterEach(() => world.close());

  const objects = (): number => [...world.nas.objects.keys()].filter((key) => key.endsWith('.dump')).length;

  it('F43: waits for the run of the app that is under way', async () => {
    world.exporter.hangs = true;
    const run = await world.runs.start(app.id, 'manual');
    let done = false;
    const pruning = prunes.prune(app.id).then((report) => {
      done = true;
      return report;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect({ done, objects: objects() }).toEqual({ done: false, objects: 4 });
    await world.runs.cancel(run.id);
    expect((await pruning).lines).toHaveLength(2);
    expect((await world.ended(run.id)).outcome).toBe('cancelled');
    expect(objects()).toBe(2);
  });

  it('F36: deletes nothing in a folder that belongs to another agent', async () => {
    const owners = new FolderOwners(new AgentIdentity('another-agent'), world.clock);
    const stores = new RunStores(world.exporter, world.destinations, world.catalog, owners, {
      forRun: () => Promise.resolve(null),
    });
    const asked = new PruneService(world.apps, stores, world.queue, world.clock).prune(app.id);
    await expect(asked).rejects.toMatchObject({ code: 'destination-owned' });
    expect(objects()).toBe(4);
  });

  it.each(['nas', 'cloud'] as const)(
    'goes on at the other destination when %s cannot be asked, and says so',
    async (away) => {
      const both = { destinations: 'nas,cloud', retention: 'last=9,min=1' };
      const second = await world.addApp(both, 'compose:ghost/second');
      for (let day = 0; day < 4; day += 1) {
        expect((await world.run(second)).outcome).toBe('succeeded');
        world.clock.advance(DAY_MS);
      }
      await world.apps.update(second.id, { declaration: { ...both, retention: 'last=2,min=1' } });
      world[away].faults.failure = 'destination-unreachable';
      const { lines, warnings } = await prunes.prune(second.id);
      const other = away === 'nas' ? 'cloud' : 'nas';
      expect(lines.map((line) => line.split(':')[0])).toEqual([other, other]);
      expect(warnings).toEqual([{ code: 'prune-failed', detail: expect.stringMatching(`^${away}: `) }]);
    },
  );

  it('fails with what was wrong when no destination can be asked', async () => {
    world.nas.faults.failure = 'destination-unreachable';
    await expect(prunes.prune(app.id)).rejects.toMatchObject({ code: 'destination-unreachable' });
  });
});
