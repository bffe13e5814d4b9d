import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { ensureNetwork } from '../../bed/containers.js';
import { startEngine } from '../../bed/engine.js';
import type { Engine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import type { BedImages } from '../../bed/images.js';
import { until } from '../../bed/shell.js';
import { eachOf, engineCall, listenToStarts, pause, slowness, startDiscovery } from './harness.js';
import type { Discovery } from './harness.js';
import { startEngineProxy } from './engine-proxy.js';

const say = (line: string): void => void process.stdout.write(`discovery: ${line}\n`);
const LABELS = { 'backup.enable': 'true', 'backup.port': '8080' };

describe('discovery keeps up with a real engine', () => {
  let engine: Engine;
  let images: BedImages;
  let discovery: Discovery | null = null;

  beforeAll(async () => {
    engine = await startEngine();
    images = await makeImages(engine);
    await ensureNetwork(engine);
  }, 120_000);
  afterEach(async () => {
    await discovery?.stop();
    discovery = null;
    const left = (await engine.docker(['ps', '-aq'])).split('\n').filter((id) => id !== '');
    if (left.length > 0) await engine.docker(['rm', '-f', ...left]);
  }, 120_000);
  afterAll(leave, 60_000);

  const create = async (name: string, more: object = {}): Promise<void> => {
    await engineCall(engine, 'POST', `/containers/create?name=${name}`, {
      Image: images.busybox, Labels: LABELS, StopTimeout: 0, HostConfig: { NetworkMode: 'backups_net' }, ...more,
    }); // prettier-ignore
  };
  const start = (name: string): Promise<unknown> => engineCall(engine, 'POST', `/containers/${name}/start`);
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const registered = (found: Discovery, all: readonly string[], timeoutMs: number): Promise<boolean> =>
    until(
      `${all.length} apps`,
      () => (all.every((name) => found.activeAt.has(`name:${name}`)) ? true : null),
      timeoutMs,
      5,
    );
  /** From the engine's event to the committed row. */
  const delays = (found: Discovery, at: ReadonlyMap<string, number>, all: readonly string[]): number[] =>
    all.map((name) => Math.max(0, (found.activeAt.get(`name:${name}`) ?? Infinity) - (at.get(name) ?? NaN)));

  it('1: 100 starts at once are all apps within 2 s of their events', async () => {
    const found = (discovery = await startDiscovery(engine.host));
    const starts = listenToStarts(engine);
    const all = names('many', 100);
    await eachOf(all, 8, (name) => create(name));
    await Promise.all(all.map(start));
    await registered(found, all, 30_000);
    await until('the events', () => (all.every((name) => starts.at.has(name)) ? true : null), 30_000);
    starts.stop();
    const worst = Math.max(...delays(found, starts.at, all));
    // While the engine starts the others it takes the processors, and answers late.
    const burstMs = Math.max(...starts.at.values()) - Math.min(...starts.at.values());
    say(`event to row, 100 starts at once in ${burstMs.toFixed(0)} ms: worst ${worst.toFixed(0)} ms`);
    expect(worst).toBeLessThan(2000 * slowness() + burstMs);
    for (const name of all) await found.app(`name:${name}`, ({ state }) => state === 'active');
  }, 300_000);

  it('2: what runs before the agent is registered without an event', async () => {
    const all = names('before', 20);
    await eachOf(all, 8, async (name) => {
      await create(name);
      await start(name);
    });
    const found = (discovery = await startDiscovery(engine.host));
    await registered(found, all, 5000);
    expect(await found.apps()).toHaveLength(20);
    expect((await found.apps()).every(({ state }) => state === 'active')).toBe(true);
  }, 120_000);

  it('3: nothing is lost between listing and listening', async () => {
    const all = names('boot', 50);
    const starting = eachOf(all, 8, async (name) => {
      await create(name);
      await start(name);
    });
    await pause(700);
    const found = (discovery = await startDiscovery(engine.host));
    await starting;
    await registered(found, all, 10_000);
    for (const name of all) await found.app(`name:${name}`, ({ state }) => state === 'active');
  }, 120_000);

  it('19: containers that live for a moment leave no row and no word', async () => {
    const found = (discovery = await startDiscovery(engine.host));
    await until('the connection', () => (found.status().connected ? true : null));
    const before = found.log.length;
    await eachOf(names('short', 100), 8, async (name) => {
      await create(name, {
        Cmd: ['true'],
        HostConfig: { NetworkMode: 'none', AutoRemove: true },
        Labels: {},
      });
      await start(name);
    });
    await pause(2000);
    expect(await found.apps()).toEqual([]);
    expect(found.log.slice(before)).toEqual([]);
    expect(found.status().connected).toBe(true);
  }, 120_000);

  it('26: 3000 events in a burst slow nobody down, and all is right afterwards', async () => {
    await create('busy');
    await create('other');
    const rename = async (count: number): Promise<number> => {
      const began = performance.now();
      for (let index = 0; index < count; index += 1)
        await engineCall(engine, 'POST', `/containers/busy/rename?name=busy2`).then(() =>
          engineCall(engine, 'POST', `/containers/busy2/rename?name=busy`),
        );
      return (count * 2) / ((performance.now() - began) / 1000);
    };
    const alone = await rename(300);
    const found = (discovery = await startDiscovery(engine.host));
    await found.app('name:other');
    const watched = await rename(1500);
    say(`renames per second: ${alone.toFixed(0)} without the agent, ${watched.toFixed(0)} with it`);
    await engineCall(engine, 'POST', `/containers/busy/rename?name=settled`);
    await start('other');
    await found.app('name:other', ({ state }) => state === 'active', 5000);
    await until('the last name', () => (found.seen('settled') === undefined ? null : true), 5000);
    // The engine waits 100 ms for each event that a reader does not take: then it would be 10 a second. What is shared here is the CPU.
    expect(watched).toBeGreaterThan(alone * 0.5);
  }, 300_000);

  it('27: 30 containers with a health check each second cause next to no calls, and an idle agent none but pings', async () => {
    const all = names('health', 30);
    const Healthcheck = { Test: ['CMD', '/bin/true'], Interval: 1_000_000_000, Retries: 1 };
    await eachOf(all, 8, async (name) => {
      await create(name, { Healthcheck });
      await start(name);
    });
    const proxy = await startEngineProxy(engine);
    const found = (discovery = await startDiscovery(proxy.host));
    await registered(found, all, 10_000);
    await pause(5000);
    const [calls, writes, cpu] = [proxy.requests.length, found.writes(), process.cpuUsage()];
    await pause(15_000);
    const asked = proxy.requests.slice(calls);
    const { user, system } = process.cpuUsage(cpu);
    say(
      `30 health checks a second: ${(asked.length / 15).toFixed(2)} calls/s, CPU ${((user + system) / 150_000).toFixed(2)} %`,
    );
    expect(asked.filter((line) => !line.endsWith('/_ping'))).toEqual([]);
    expect(found.writes()).toBe(writes);
    await found.stop();
    discovery = null;
    await proxy.stop();
  }, 180_000);
});
