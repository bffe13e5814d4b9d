import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Not, IsNull } from 'typeorm';
import { Backup } from '../backups/backup.entity.js';
import { ChecksService } from '../backups/checks.service.js';
import { makeWorld } from '../backups/world.fixture.js';
import type { World } from '../backups/world.fixture.js';
import { BackupFailure } from '../core/failure.js';
import { ScrubLoop } from './scrub-loop.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
/** More than one pass takes. */
const MANY = 25;

describe('the rotation in which stored copies are read again', () => {
  let world: World;
  let loop: ScrubLoop;
  /** Destinations in the order in which a copy of theirs was to be read. */
  let asked: string[];

  beforeEach(async () => {
    world = await makeWorld();
    const checks = new ChecksService(world.db, world.destinations, world.clock);
    loop = new ScrubLoop(checks, world.config, world.clock);
    loop.onApplicationBootstrap();
    await backUp('nas', MANY);
    await backUp('cloud', 3);
    world.clock.advance(40 * DAY_MS);
    asked = [];
    const byName = world.destinations.byName.bind(world.destinations);
    world.destinations.byName = (name) => {
      asked.push(name);
      return byName(name);
    };
  });
  afterEach(() => world.close());

  async function backUp(destination: string, times: number): Promise<void> {
    const app = await world.addApp(
      { destinations: destination, retention: 'last=99' },
      `name:${destination}`,
    );
    for (let time = 0; time < times; time += 1) {
      await world.run(app);
      world.clock.advance(MINUTE_MS);
    }
  }

  async function minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      await loop.tick();
      world.clock.advance(MINUTE_MS);
    }
  }

  const readAt = (destination: string): Promise<number> =>
    world.db.getRepository(Backup).countBy({ destination, checkedAt: Not(IsNull()) });

  it('reads all that is due, each once', async () => {
    await minutes(5);
    expect([await readAt('nas'), await readAt('cloud'), asked.length]).toEqual([MANY, 3, MANY + 3]);
  });

  it('a destination that cannot be asked holds up no other, and is asked once an hour', async () => {
    world.nas.faults.failure = 'destination-unreachable';
    await minutes(30);
    expect(await readAt('cloud')).toBe(3);
    expect(asked.filter((name) => name === 'nas')).toHaveLength(1);
    world.nas.faults.failure = null;
    await minutes(29);
    expect(await readAt('nas')).toBe(0);
    await minutes(5);
    expect(await readAt('nas')).toBe(MANY);
  });

  it.each(['internal', 'destination-error'] as const)(
    'copies that cannot be read (%s) hold up no others of their destination, and are tried again after an hour',
    async (code) => {
      const digest = world.nas.digest.bind(world.nas);
      const bad = (
        await world.db.getRepository(Backup).find({ order: { createdAt: 'ASC' }, take: MANY - 3 })
      ).map(({ objectKey }) => objectKey);
      world.nas.digest = (key, signal) =>
        bad.includes(key)
          ? Promise.reject(new BackupFailure(code, { detail: 'a bad sector' }))
          : digest(key, signal);
      await minutes(30);
      expect([await readAt('nas'), await readAt('cloud')]).toEqual([3, 3]);
      world.nas.digest = digest;
      await minutes(35);
      expect(await readAt('nas')).toBe(MANY);
    },
  );
});
