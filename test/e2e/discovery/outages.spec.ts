import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { ensureNetwork, runContainer } from '../../bed/containers.js';
import { startEngine } from '../../bed/engine.js';
import type { PrivateEngine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import type { BedImages } from '../../bed/images.js';
import { until } from '../../bed/shell.js';
import { startEngineProxy } from './engine-proxy.js';
import type { EngineProxy } from './engine-proxy.js';
import { engineCall, pause, startDiscovery } from './harness.js';
import type { Discovery } from './harness.js';

/** `CLOSING_S=600` for the ten minutes of the reference. */
const CLOSING_S = Number(process.env['CLOSING_S'] ?? 30);
const LABELS = { 'backup.enable': 'true', 'backup.port': '8080' };

describe.each([
  ['without live-restore', []],
  ['with live-restore', ['--live-restore']],
])('an engine %s that goes away', (_how, options) => {
  let engine: PrivateEngine;
  let images: BedImages;
  let discovery: Discovery;
  const isLive = options.length > 0;

  beforeAll(async () => {
    engine = await startEngine(options);
    images = await makeImages(engine);
    await ensureNetwork(engine);
    for (const name of ['one', 'two'])
      await runContainer(engine, {
        image: images.busybox,
        name,
        labels: LABELS,
        args: ['--restart', 'always'],
      });
    discovery = await startDiscovery(engine.host, { MISSING_GRACE_S: '120' });
    await discovery.app('name:one');
    await discovery.app('name:two');
  }, 120_000);
  afterAll(async () => {
    await discovery.stop();
    await leave();
  }, 120_000);

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '20, 21: by %s loses no app, and all is as before within 5 s of its return',
    async (signal) => {
      const before = await discovery.apps();
      await engine.kill(signal);
      await until('the loss', () => (discovery.status().connected ? null : true), 20_000);
      // A call that was under way says only that it was cut off.
      await until('a reason', () =>
        /nobody listens|there is no/.test(discovery.status().detail) ? true : null,
      );
      // Nothing is written while nobody can say what is there.
      const during = await discovery.apps();
      expect(during.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
      if (isLive) expect(during).toEqual(before);
      const said = discovery.log.filter((line) => /nobody listens|there is no/.test(line)).length;
      await pause(3000);
      expect(
        discovery.log.filter((line) => /nobody listens|there is no/.test(line)).length - said,
      ).toBeLessThanOrEqual(1);
      await engine.startAgain();
      const back = performance.now();
      await until('the return', () => (discovery.status().connected ? true : null), 20_000);
      expect(performance.now() - back).toBeLessThan(5000);
      for (const { key } of before) await discovery.app(key, ({ state }) => state === 'active', 20_000);
      process.stdout.write(
        `discovery: all as before ${(performance.now() - back).toFixed(0)} ms after the engine's return (${signal})\n`,
      );
      const after = await discovery.apps();
      expect(after.map(({ id, key }) => [id, key])).toEqual(before.map(({ id, key }) => [id, key]));
      // And events come again.
      await engine.docker(['rename', 'one', 'uno']);
      await until('the new name', () => (discovery.seen('uno') === undefined ? null : true), 5000);
      await engine.docker(['rename', 'uno', 'one']);
      await until('the old name', () => (discovery.seen('one') === undefined ? null : true), 5000);
    },
    120_000,
  );

  it('22: and is away when the agent starts is waited for', async () => {
    await engine.kill('SIGTERM');
    const late = await startDiscovery(engine.host);
    await until('a reason', () => (late.status().detail.length > 20 ? true : null), 5000);
    expect(late.status().connected).toBe(false);
    await pause(2000);
    await engine.startAgain();
    const back = performance.now();
    await late.app('name:one', ({ state }) => state === 'active', 30_000);
    expect(performance.now() - back).toBeLessThan(10_000);
    expect(late.status()).toMatchObject({ connected: true, detail: '' });
    await late.stop();
  }, 120_000);
});

describe('a proxy before the engine', () => {
  let engine: PrivateEngine;
  let images: BedImages;
  let proxy: EngineProxy;
  let discovery: Discovery;

  beforeAll(async () => {
    engine = await startEngine();
    images = await makeImages(engine);
    await ensureNetwork(engine);
    await runContainer(engine, { image: images.busybox, name: 'first', labels: LABELS });
  }, 120_000);
  afterEach(async () => {
    await discovery.stop();
    await proxy.stop();
  });
  afterAll(leave, 120_000);

  it('24: that freezes half-open is noticed within 30 s, and what happened meanwhile is applied', async () => {
    proxy = await startEngineProxy(engine);
    discovery = await startDiscovery(proxy.host);
    await discovery.app('name:first');
    proxy.freeze();
    const began = performance.now();
    await runContainer(engine, { image: images.busybox, name: 'meanwhile', labels: LABELS });
    await until('the loss', () => (discovery.status().connected ? null : true), 30_000);
    process.stdout.write(
      `discovery: a frozen proxy is noticed after ${(performance.now() - began).toFixed(0)} ms\n`,
    );
    proxy.thaw();
    await discovery.app('name:meanwhile', ({ state }) => state === 'active', 30_000);
    expect(performance.now() - began).toBeLessThan(45_000);
    expect((await discovery.apps()).find(({ key }) => key === 'name:first')).toMatchObject({
      state: 'active',
    });
  }, 120_000);

  it(
    '25: that closes the stream every 5 s loses nothing, doubles nothing and fills no log',
    async () => {
      proxy = await startEngineProxy(engine);
      proxy.endEventsAfter(5000);
      discovery = await startDiscovery(proxy.host);
      await discovery.app('name:first');
      const [before, said] = [(await discovery.apps()).length, discovery.log.length];
      const began = performance.now();
      const times: number[] = [];
      while (performance.now() - began < CLOSING_S * 1000) {
        const name = `close-${times.length}`;
        await engineCall(engine, 'POST', `/containers/create?name=${name}`, {
        Image: images.busybox, Labels: LABELS, StopTimeout: 0, HostConfig: { NetworkMode: 'backups_net' },
      }); // prettier-ignore
        await engineCall(engine, 'POST', `/containers/${name}/start`);
        const started = performance.now();
        await discovery.app(`name:${name}`, ({ state }) => state === 'active', 10_000);
        times.push(performance.now() - started);
        await engineCall(engine, 'DELETE', `/containers/${name}?force=true`);
        await pause(700);
      }
      const streams = proxy.requests.filter((line) => line.includes('/events')).length;
      expect(streams).toBeGreaterThanOrEqual(Math.floor(CLOSING_S / 6));
      const all = await discovery.apps();
      expect(all).toHaveLength(before + times.length);
      expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
      expect(Math.max(...times)).toBeLessThan(5000);
      expect(discovery.log.slice(said).filter((line) => !/registered|changed/.test(line))).toEqual([]);
      process.stdout.write(
        `discovery: ${streams} streams closed in ${CLOSING_S} s, ${times.length} starts, the slowest seen after ${Math.max(...times).toFixed(0)} ms\n`,
      );
    },
    (CLOSING_S + 90) * 1000,
  );
});
