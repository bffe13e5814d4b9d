import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { IdleWatch } from './idle-watch.js';

const AFTER_MS = 40;

describe('the watch for idleness', () => {
  it('tells when nothing has been under way for so long, counted from the end of the last', async () => {
    const told: number[] = [];
    const watch = new IdleWatch(AFTER_MS, () => told.push(performance.now()));
    let letGo = (): void => undefined;
    const long = watch.during(() => new Promise<void>((resolve) => (letGo = resolve)));
    await watch.during(() => pause(5));
    await expect(watch.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await pause(2 * AFTER_MS);
    expect(told).toEqual([]);
    letGo();
    await long;
    const ended = performance.now();
    await pause(3 * AFTER_MS);
    expect(told).toHaveLength(1);
    expect(told[0]).toBeGreaterThanOrEqual(ended + AFTER_MS - 2);
  });

  it('it is over until something begins, and what begins counts before anything is waited for', async () => {
    const watch = new IdleWatch(10, () => undefined);
    watch.again();
    await pause(50);
    expect(watch.isOver).toBe(true);
    const work = watch.during(() => pause(1));
    expect(watch.isOver).toBe(false);
    await work;
    watch.stop();
    await pause(50);
    expect(watch.isOver).toBe(false);
  });

  it('never tells where the time is 0', async () => {
    const watch = new IdleWatch(0, () => {
      throw new Error('it told');
    });
    await watch.during(() => Promise.resolve());
    await pause(20);
    expect(watch.isOver).toBe(false);
  });
});
