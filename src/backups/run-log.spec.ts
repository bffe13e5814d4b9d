import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RunLogKeeper } from './run-log-keeper.js';
import { makeWorld } from './world.fixture.js';
import type { World } from './world.fixture.js';

describe('the log of a run', () => {
  let world: World;

  beforeEach(async () => {
    world = await makeWorld({ retryDelaysMs: [10] });
  });
  afterEach(() => world.close());

  it('tells the run from its beginning to its end, attempt by attempt', async () => {
    const app = await world.addApp({ destinations: 'nas' });
    world.exporter.failure = 'app-unreachable';
    const started = await world.runs.start(app.id, 'manual');
    while ((await world.ledger.byId(started.id))?.attempt !== 2)
      await new Promise((resolve) => setTimeout(resolve, 5));
    world.clock.advance(1000);
    world.exporter.failure = null;
    const run = await world.ended(started.id);
    expect(run.outcome).toBe('succeeded');
    const lines = await world.ledger.log.of(run.id);
    expect(lines.map(({ position }) => position)).toEqual(lines.map((_line, index) => index + 1));
    expect(lines.map(({ level, line }) => `${level} ${line}`).join('\n')).toMatch(
      /^log queued \(manual\)\nlog begins\n[^]*error export: The app[^]*\nwarn The app[^]*attempt 2 at [^]*log begins\n[^]*log commit: nas: ghost\/app[^]*log succeeded$/,
    );
  });

  it('is bounded, whatever a run has to say, and holds no secret', async () => {
    for (let part = 0; part < 3; part += 1) {
      for (let line = 0; line < 700; line += 1) world.ledger.log.write('r1', 'log', `line ${line} token=abc`);
      await world.ledger.log.flush();
    }
    const lines = await world.ledger.log.of('r1');
    expect(lines).toHaveLength(1000);
    expect(lines[0]?.line).toBe('line 0 token=•••');
    expect(lines.at(-1)?.line).toContain('the rest is not kept');
  });

  it('goes after its days; the run and younger logs stay', async () => {
    const app = await world.addApp({ destinations: 'nas' });
    const old = await world.run(app);
    world.clock.advance(31 * 86_400_000);
    const young = await world.run(app);
    await new RunLogKeeper(world.ledger, world.config, world.clock).tidy();
    expect(await world.ledger.log.of(old.id)).toEqual([]);
    expect((await world.ledger.log.of(young.id)).length).toBeGreaterThan(5);
    expect(await world.ledger.byId(old.id)).toMatchObject({ outcome: 'succeeded' });
  });
});
