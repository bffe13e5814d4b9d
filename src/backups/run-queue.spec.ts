import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { InProcessRunQueue } from './run-queue.js';
import type { LongRuns } from './run-queue.js';

/** Work that lasts until it is let go or aborted, and writes down what happened. */
function deferred(log: string[], name: string) {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const work = async (signal: AbortSignal): Promise<void> => {
    log.push(`begin ${name}`);
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    await Promise.race([gate, aborted]);
    log.push(signal.aborted ? `stopped ${name}: ${String(signal.reason)}` : `end ${name}`);
  };
  return { work, release: () => release() };
}

const never = { afterMs: 60_000, bytesOf: () => 0 };
const queueOf = (total: number, perDestination = 64, long: LongRuns = never) =>
  new InProcessRunQueue({ total, perDestination }, long);
const settle = (): Promise<void> => sleep(5);

describe('InProcessRunQueue', () => {
  it('runs one run per app and `limit` at once', async () => {
    const log: string[] = [];
    const queue = queueOf(2);
    const runs = ['a1', 'a2', 'b1', 'c1'].map((name) => ({ name, ...deferred(log, name) }));
    for (const run of runs)
      queue.add({ runId: run.name, appId: run.name[0]!, destinations: [], urgent: false, work: run.work });
    await settle();
    expect(log).toEqual(['begin a1', 'begin b1']);
    runs[2]!.release();
    await settle();
    // a2 waits for a1 although there is room for another app.
    expect(log).toEqual(['begin a1', 'begin b1', 'end b1', 'begin c1']);
    runs[0]!.release();
    await settle();
    expect(log.slice(4)).toEqual(['end a1', 'begin a2']);
    await queue.drain();
  });

  it('takes urgent runs first, and keeps the order among equals', async () => {
    const log: string[] = [];
    const queue = queueOf(1);
    const blocker = deferred(log, 'x');
    queue.add({ runId: 'x', appId: 'x', destinations: [], urgent: false, work: blocker.work });
    for (const [name, urgent] of [
      ['s1', false],
      ['m1', true],
      ['s2', false],
      ['m2', true],
    ] as const) {
      const run = deferred(log, name);
      run.release();
      queue.add({ runId: name, appId: name, destinations: [], urgent, work: run.work });
    }
    blocker.release();
    await settle();
    expect(log.filter((line) => line.startsWith('begin'))).toEqual(
      ['x', 'm1', 'm2', 's1', 's2'].map((name) => `begin ${name}`),
    );
  });

  it('cancels a running run by its signal and a waiting one by taking it out', async () => {
    const log: string[] = [];
    const queue = queueOf(1);
    queue.add({ runId: 'a', appId: 'a', destinations: [], urgent: false, work: deferred(log, 'a').work });
    queue.add({ runId: 'b', appId: 'b', destinations: [], urgent: false, work: deferred(log, 'b').work });
    expect(queue.cancel('b')).toBe('waiting');
    expect(queue.cancel('a')).toBe('running');
    expect(queue.cancel('nobody')).toBe('unknown');
    await settle();
    expect(log).toEqual(['begin a', 'stopped a: cancelled']);
  });

  it('drains: stops what runs, waits for it, begins and takes no more', async () => {
    const log: string[] = [];
    const queue = queueOf(1);
    queue.add({ runId: 'a', appId: 'a', destinations: [], urgent: false, work: deferred(log, 'a').work });
    queue.add({ runId: 'b', appId: 'b', destinations: [], urgent: false, work: deferred(log, 'b').work });
    await queue.drain();
    queue.add({ runId: 'c', appId: 'c', destinations: [], urgent: true, work: deferred(log, 'c').work });
    await settle();
    expect(log).toEqual(['begin a', 'stopped a: shutdown']);
  });

  it('lets a retry wait for its time, and cancels it while it waits', async () => {
    const log: string[] = [];
    const queue = queueOf(1);
    for (const name of ['a', 'b']) {
      const run = deferred(log, name);
      run.release();
      queue.add({ runId: name, appId: name, destinations: [], urgent: false, work: run.work }, 30);
    }
    await settle();
    expect(log).toEqual([]);
    expect(queue.cancel('b')).toBe('waiting');
    await sleep(60);
    expect(log).toEqual(['begin a', 'end a']);
  });

  it('limits what one destination gets at once, without holding up the others', async () => {
    const log: string[] = [];
    const queue = queueOf(10, 1);
    const nas = deferred(log, 'a');
    queue.add({ runId: 'a', appId: 'a', destinations: ['nas'], urgent: false, work: nas.work });
    for (const [name, destinations] of [
      ['b', ['nas', 'cloud']],
      ['c', ['cloud']],
    ] as const) {
      queue.add({ runId: name, appId: name, destinations, urgent: false, work: deferred(log, name).work });
    }
    await settle();
    expect(log).toEqual(['begin a', 'begin c']);
    await queue.drain();
  });

  it('gives the place of a run that takes long to the next: of those that stand still always, of others as many again', async () => {
    const log: string[] = [];
    const bytes = new Map<string, number>();
    const move = setInterval(() => {
      for (const name of ['busy1', 'busy2']) bytes.set(name, (bytes.get(name) ?? 0) + 1_000_000);
    }, 5);
    const queue = queueOf(1, 1, { afterMs: 40, bytesOf: (runId) => bytes.get(runId) ?? 0 });
    const names = ['hung1', 'hung2', 'busy1', 'busy2', 'last'];
    for (const name of names)
      queue.add({
        runId: name,
        appId: name,
        destinations: ['nas'],
        urgent: false,
        work: deferred(log, name).work,
      });
    await settle();
    expect(log).toEqual(['begin hung1']);
    await sleep(300);
    clearInterval(move);
    // The second busy one keeps its place, as one is long already.
    expect(log).toEqual(['hung1', 'hung2', 'busy1', 'busy2'].map((name) => `begin ${name}`));
    queue.cancel('busy2');
    await settle();
    expect(log.at(-1)).toBe('begin last');
    await queue.drain();
  });
});
