import { afterEach, describe, expect, it } from '@jest/globals';
import type { Subscription } from 'rxjs';
import { aContainer } from '../../test/builders/a-container.js';
import { ScriptedDocker } from '../docker/scripted-docker.js';
import { watchContainers } from './watch-containers.js';
import type { Dirty, WatchTimings } from './watch-containers.js';

const TIMINGS: WatchTimings = { settleMs: 20, secondLookMs: 80, resyncMs: 10_000, retryMs: 30 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('watching containers', () => {
  let watching: Subscription | null = null;
  afterEach(() => watching?.unsubscribe());

  const watched = (
    docker: ScriptedDocker,
    timings: Partial<WatchTimings> = {},
    work: (dirty: Dirty) => Promise<void> = () => Promise.resolve(),
  ): Dirty[] => {
    const looks: Dirty[] = [];
    const look = (dirty: Dirty): Promise<void> => {
      looks.push(dirty);
      return work(dirty);
    };
    watching = watchContainers(docker, look, { ...TIMINGS, ...timings }).subscribe();
    return looks;
  };
  const ids = (looks: readonly Dirty[]): string[] => looks.flatMap((dirty) => [...dirty.ids]);

  it('2: begins with all, before any event', async () => {
    const looks = watched(new ScriptedDocker());
    await pause(60);
    expect(looks).toEqual([{ all: true, ids: new Set() }]);
  });

  it('gathers a burst into one look, and does not wait for it to end', async () => {
    const docker = new ScriptedDocker();
    const looks = watched(docker);
    await pause(60);
    for (let index = 0; index < 3000; index += 1) docker.tell('die', `c${index % 50}`);
    await pause(60);
    expect(looks).toHaveLength(2);
    expect(looks[1]?.ids.size).toBe(50);
    const steady = setInterval(() => docker.tell('rename', 'busy'), 5);
    await pause(200);
    clearInterval(steady);
    expect(looks.length).toBeGreaterThan(4);
  });

  it('looks at a start a second time', async () => {
    const docker = new ScriptedDocker();
    const looks = watched(docker);
    await pause(60);
    docker.tell('start', 'a');
    docker.tell('die', 'b');
    await pause(200);
    expect(ids(looks).sort()).toEqual(['a', 'a', 'b']);
  });

  it('looks one at a time, and at what came meanwhile afterwards', async () => {
    const docker = new ScriptedDocker();
    let running = 0;
    let most = 0;
    const looks = watched(docker, {}, async () => {
      most = Math.max(most, (running += 1));
      await pause(100);
      running -= 1;
    });
    await pause(50);
    for (const id of ['a', 'b', 'c']) {
      docker.tell('die', id);
      await pause(30);
    }
    await pause(300);
    expect(most).toBe(1);
    expect(ids(looks).sort()).toEqual(['a', 'b', 'c']);
  });

  it('23: a look that fails comes again, with all that it had to look at', async () => {
    const docker = new ScriptedDocker();
    let failures = 2;
    const looks = watched(docker, {}, (dirty) =>
      dirty.ids.size > 0 && failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve(),
    );
    await pause(60);
    docker.tell('die', 'a');
    await pause(250);
    expect(ids(looks)).toEqual(['a', 'a', 'a']);
    docker.tell('die', 'b');
    await pause(60);
    expect(looks.at(-1)).toEqual({ all: false, ids: new Set(['b']) });
  });

  it('lists all again after each connection and at each interval', async () => {
    const docker = new ScriptedDocker();
    const looks = watched(docker, { resyncMs: 100 });
    await pause(60);
    docker.breakDown(null);
    await pause(30);
    expect(looks.map(({ all }) => all)).toEqual([true, true]);
    await pause(150);
    expect(looks.length).toBeGreaterThan(2);
  });

  it('stops when nobody watches any more', async () => {
    const docker = new ScriptedDocker();
    docker.put(aContainer());
    const looks = watched(docker, { resyncMs: 50 });
    await pause(60);
    watching?.unsubscribe();
    const before = looks.length;
    docker.tell('die', 'a');
    await pause(150);
    expect(looks).toHaveLength(before);
  });
});
