import { afterEach, describe, expect, it } from '@jest/globals';
import type { Subscription } from 'rxjs';
import { ScriptedDocker } from '../docker/scripted-docker.js';
import { watchContainers } from './watch-containers.js';
import type { Watcher, WatchTimings } from './watch-containers.js';

const TIMINGS: WatchTimings = { settleMs: 10, secondLookMs: 400, resyncMs: 10_000, retryMs: 30 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('watching containers', () => {
  let watching: Subscription | null = null;
  afterEach(() => watching?.unsubscribe());

  /** What was done, in order. */
  const watched = (
    docker: ScriptedDocker,
    parts: Partial<Watcher> = {},
    timings: Partial<WatchTimings> = {},
  ): string[] => {
    const done: string[] = [];
    const watcher: Watcher = {
      list: () => (done.push('list'), parts.list?.() ?? Promise.resolve([])),
      look: (id) => (done.push(id), parts.look?.(id) ?? Promise.resolve()),
      settle: () => (done.push('settle'), parts.settle?.() ?? Promise.resolve()),
    };
    watching = watchContainers(docker, watcher, { ...TIMINGS, ...timings });
    return done;
  };
  const countOf = (done: readonly string[], what: string): number =>
    done.filter((each) => each === what).length;

  it('2: begins with a list, before any event, and looks at what that says', async () => {
    const done = watched(new ScriptedDocker(), { list: () => Promise.resolve(['a', 'b']) });
    await pause(60);
    expect(done.slice(0, 1)).toEqual(['list']);
    expect(done).toEqual(expect.arrayContaining(['a', 'b']));
    expect(done.at(-1)).toBe('settle');
  });

  it('gathers a burst, one look per container at a time', async () => {
    const docker = new ScriptedDocker();
    const most = new Map<string, number>();
    const done = watched(docker, {
      look: async (id) => {
        most.set(id, (most.get(id) ?? 0) + 1);
        expect(most.get(id)).toBe(1);
        await pause(5);
        most.set(id, 0);
      },
    });
    await pause(60);
    for (let index = 0; index < 3000; index += 1) docker.tell('die', `c${index % 50}`);
    await pause(150);
    for (let index = 0; index < 50; index += 1) expect(countOf(done, `c${index}`)).toBeLessThanOrEqual(2);
    expect(countOf(done, 'settle')).toBeLessThan(20);
  });

  it('a look that hangs holds up no other, and acting waits for none', async () => {
    const docker = new ScriptedDocker();
    const done = watched(docker, {
      look: (id) => (id === 'stuck' ? new Promise(() => undefined) : Promise.resolve()),
    });
    await pause(60);
    docker.tell('die', 'stuck');
    docker.tell('die', 'fine');
    await pause(60);
    expect(done.slice(done.indexOf('stuck'))).toEqual(['stuck', 'fine', 'settle']);
  });

  it('looks at a start at once and again later, and at a connection of a starting container not by itself', async () => {
    const docker = new ScriptedDocker();
    const done = watched(docker);
    await pause(60);
    docker.tell('connect', 'a');
    docker.tell('start', 'a');
    docker.tell('connect', 'b');
    docker.tell('die', 'c');
    await pause(100);
    expect([countOf(done, 'a'), countOf(done, 'b'), countOf(done, 'c')]).toEqual([1, 0, 1]);
    await pause(500);
    expect([countOf(done, 'a'), countOf(done, 'b'), countOf(done, 'c')]).toEqual([2, 1, 1]);
  });

  it('acts one at a time, and takes three times as long a breath as acting took', async () => {
    const docker = new ScriptedDocker();
    let [running, most] = [0, 0];
    const done = watched(docker, {
      settle: async () => {
        most = Math.max(most, (running += 1));
        await pause(50);
        running -= 1;
      },
    });
    const steady = setInterval(() => docker.tell('rename', 'busy'), 5);
    await pause(600);
    clearInterval(steady);
    expect(most).toBe(1);
    expect(countOf(done, 'settle')).toBeLessThanOrEqual(5);
    expect(countOf(done, 'settle')).toBeGreaterThan(1);
  });

  it.each(['list', 'look', 'settle'] as const)('23: a %s that fails comes again', async (part) => {
    const docker = new ScriptedDocker();
    let failures = 2;
    const fail = (): Promise<never> | undefined =>
      failures-- > 0 ? Promise.reject(new Error('no')) : undefined;
    const done = watched(docker, { [part]: () => fail() ?? Promise.resolve([]) });
    docker.tell('die', 'a');
    await pause(300);
    expect(failures).toBeLessThan(0);
    expect(done.at(-1)).toBe('settle');
  });

  it('lists again after each connection and at each interval, and not before the last list is done', async () => {
    const docker = new ScriptedDocker();
    let [running, most] = [0, 0];
    const list = async (): Promise<string[]> => {
      most = Math.max(most, (running += 1));
      await pause(20);
      running -= 1;
      return [];
    };
    const done = watched(docker, { list }, { resyncMs: 150 });
    await pause(100);
    const before = countOf(done, 'list');
    for (let index = 0; index < 10; index += 1) docker.breakDown(null);
    await pause(45);
    expect(countOf(done, 'list')).toBe(before + 2);
    await pause(300);
    expect(countOf(done, 'list')).toBeGreaterThanOrEqual(before + 3);
    expect(most).toBe(1);
  });

  it('stops when nobody watches any more', async () => {
    const docker = new ScriptedDocker();
    const done = watched(docker, {}, { resyncMs: 50 });
    await pause(60);
    watching?.unsubscribe();
    const before = done.length;
    docker.tell('start', 'a');
    await pause(150);
    expect(done).toHaveLength(before);
  });

  it.each(['list', 'look', 'settle'] as const)(
    'a %s that was under way when it stopped, and failed afterwards, does not come again',
    async (part) => {
      const docker = new ScriptedDocker();
      let fail = (): void => undefined;
      const hang = (): Promise<never> =>
        new Promise((_resolve, reject) => (fail = () => reject(new Error('cut off'))));
      const done = watched(docker, { [part]: hang });
      docker.tell('die', 'a');
      await pause(60);
      // Asked for once more while it runs: that is forgotten too.
      docker.tell('die', 'a');
      watching?.unsubscribe();
      const before = done.length;
      fail();
      await pause(150);
      expect(done.slice(before)).toEqual([]);
    },
  );
});
