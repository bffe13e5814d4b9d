import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { startAgent } from '../../bed/agent.js';
import type { Agent } from '../../bed/agent.js';
import { atEnd, leave } from '../../bed/cleanup.js';
import { ensureNetwork } from '../../bed/containers.js';
import { startEngine } from '../../bed/engine.js';
import type { Engine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import { until } from '../../bed/shell.js';
import { startEngineProxy } from './engine-proxy.js';
import type { EngineProxy } from './engine-proxy.js';
import { cpuMsOf, eachOf, engineCall, listenToStarts, pause, percentile, slowness } from './harness.js';

const COUNT = 200;
const WATCHED_S = 20;
const say = (line: string): void => void process.stdout.write(`discovery: ${line}\n`);

describe(`the built agent beside ${COUNT} containers`, () => {
  let engine: Engine;
  let image = '';
  let proxy: EngineProxy;
  let agent: Agent;

  beforeAll(async () => {
    // Of its own: what others do on an engine is seen by every agent.
    engine = await startEngine();
    image = (await makeImages(engine)).busybox;
    await ensureNetwork(engine);
    proxy = await startEngineProxy(engine);
    atEnd(() => proxy.stop());
    agent = await startAgent({ DOCKER_HOST: proxy.host, RESYNC_S: '10' });
  }, 120_000);
  afterAll(leave, 120_000);

  it('1: has a row for each of 200 starts, 8 at a time, soon after its event', async () => {
    const starts = listenToStarts(engine);
    const db = new Database(join(agent.dataDir, 'orchestrator.sqlite'), { readonly: true });
    const rows = db.prepare("select container_name from apps where state = 'active'").pluck();
    const names = Array.from({ length: COUNT }, (_, index) => `idle-${index}`);
    const foundAt = new Map<string, number>();
    const watching = setInterval(() => {
      for (const name of rows.all() as string[])
        if (!foundAt.has(name)) foundAt.set(name, performance.now());
    }, 10);
    await eachOf(names, 8, async (name) => {
      await engineCall(engine, 'POST', `/containers/create?name=${name}`, {
        Image: image, Cmd: ['sleep', '86400'], Labels: { 'backup.enable': 'true', 'backup.port': '80' }, HostConfig: { NetworkMode: 'backups_net' },
      }); // prettier-ignore
      await engineCall(engine, 'POST', `/containers/${name}/start`);
    });
    await until('all apps', () => (foundAt.size === COUNT && starts.at.size === COUNT ? true : null), 60_000);
    clearInterval(watching);
    starts.stop();
    db.close();
    const times = names.map((name) =>
      Math.max(0, (foundAt.get(name) ?? Infinity) - (starts.at.get(name) ?? 0)),
    );
    const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
    say(`built agent, event to row, ${COUNT} starts, 8 at a time: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`);
    expect(p50).toBeLessThan(150 * slowness());
    expect(p99).toBeLessThan(1000 * slowness());
  }, 300_000); // prettier-ignore

  it('27: asks the engine for nothing but pings and lists while nothing happens, and computes next to nothing', async () => {
    // The second looks, the first times and what else follows a start.
    await pause(5000);
    const [calls, cpuMs] = [proxy.requests.length, cpuMsOf(agent.pid())];
    await pause(WATCHED_S * 1000);
    const asked = proxy.requests.slice(calls).map((line) => line.replace(/ \/v[\d.]+/, ' '));
    const share = (cpuMsOf(agent.pid()) - cpuMs) / (WATCHED_S * 10);
    const others = asked.filter((line) => !/^GET (\/_ping|\/containers\/json\?all=true)$/.test(line));
    say(
      `idle beside ${COUNT} containers, a resync each 10 s: ${asked.length} calls in ${WATCHED_S} s, CPU ${share.toFixed(2)} %`,
    );
    expect(others).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(7);
    expect(share).toBeLessThan(1 * slowness());
  }, 60_000);
});
