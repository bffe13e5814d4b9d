import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { aContainer, composed } from '../../builders/a-container.js';
import { FakeEngine } from '../../builders/fake-engine.js';
import { startAgent } from '../../bed/agent.js';
import type { Agent } from '../../bed/agent.js';
import { leave } from '../../bed/cleanup.js';
import { until } from '../../bed/shell.js';
import { cpuMsOf, slowness } from './harness.js';

const COUNT = 10_000;
const RESYNC_S = 4;
const say = (line: string): void => void process.stdout.write(`discovery: ${line}\n`);

/** A figure of /proc/<pid>/status in MiB. */
const memoryOf = (pid: number, what: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

describe(`${COUNT} containers on a socket`, () => {
  let engine: FakeEngine;
  let agent: Agent;
  let db: InstanceType<typeof Database>;
  /** From the arrival of the first call for the list to the last row. */
  let firstMs = 0;
  /** All that the agent computed in that time. */
  let firstCpuMs = 0;

  const lists = (): number => engine.requests.filter((line) => line.includes('/containers/json')).length;
  const inspections = (): number =>
    engine.requests.filter((line) => /\/containers\/\w{20,}\/json/.test(line)).length;
  const countOf = (where: string): number =>
    Number(db.prepare(`select count(*) from apps where ${where}`).pluck().get());

  beforeAll(async () => {
    engine = await new FakeEngine().start();
    for (let index = 0; index < COUNT; index += 1) {
      // Every tenth says no port: that has to be asked for.
      const port: Record<string, string> = index % 10 === 0 ? {} : { 'backup.port': '8080' };
      const container = aContainer({
        name: `stack-${index}-db-1`,
        labels: { ...composed(`stack-${index}`, 'db'), ...port, 'backup.enable': 'true' },
        networks: { backups_net: `10.9.${index >> 8}.${index & 255}` },
      }); // prettier-ignore
      engine.containers.set(container.id, container);
    }
    // Its own start is no part of the figure.
    engine.faults.set('/version', 'refuse');
    agent = await startAgent({ DOCKER_HOST: engine.host, RESYNC_S: String(RESYNC_S) });
    db = new Database(join(agent.dataDir, 'orchestrator.sqlite'), { readonly: true });
    engine.faults.clear();
    await until('the first list', () => (lists() > 0 ? true : null), 60_000, 2);
    const [began, cpuMs] = [performance.now(), cpuMsOf(agent.pid())];
    await until('all apps', () => (countOf('true') === COUNT ? true : null), 60_000, 10);
    firstMs = performance.now() - began;
    firstCpuMs = cpuMsOf(agent.pid()) - cpuMs;
  }, 150_000);
  afterAll(async () => {
    db.close();
    await leave();
    await engine.stop();
  }, 60_000);

  it('are all apps within 5 s, in less than 300 MiB', () => {
    const [now, peak] = [memoryOf(agent.pid(), 'VmRSS'), memoryOf(agent.pid(), 'VmHWM')];
    say(`${COUNT} registered in ${firstMs.toFixed(0)} ms (CPU ${firstCpuMs} ms), RSS ${now.toFixed(0)} MiB, at most ${peak.toFixed(0)} MiB`);
    expect(countOf("state = 'active'")).toBe(COUNT);
    expect(Math.min(firstMs, firstCpuMs)).toBeLessThan(5000 * slowness());
    expect(peak).toBeLessThan(300);
    // Those that say their port are not asked one by one.
    expect(inspections()).toBeLessThanOrEqual(COUNT / 10 + 100);
  }); // prettier-ignore

  it('are listed again within 1 s when nothing changed, and nothing is asked or written for it', async () => {
    await until('the first times', () => (countOf('next_run_at is null') === 0 ? true : null), 60_000, 200);
    // One that began before has to end first.
    const seen = lists();
    await until('a list', () => (lists() > seen ? true : null), 30_000);
    const ended = durations().length;
    await until('its end', () => (durations().length > ended ? true : null), 10_000);
    const file = join(agent.dataDir, 'orchestrator.sqlite');
    const state = (): unknown => [
      db.pragma('data_version', { simple: true }),
      ...[file, `${file}-wal`].map((name) => [statSync(name).size, statSync(name).mtimeMs]),
    ];
    const [before, asked, listed, done] = [state(), inspections(), lists(), durations().length];
    const cpuMs = cpuMsOf(agent.pid());
    await until('three more lists', () => (durations().length >= done + 3 ? true : null), 30_000);
    const times = durations().slice(-3);
    const eachCpuMs = (cpuMsOf(agent.pid()) - cpuMs) / 3;
    say(`${COUNT} listed again in ${times.map((ms) => `${ms} ms`).join(', ')} (CPU ${eachCpuMs.toFixed(0)} ms each); RSS at most ${memoryOf(agent.pid(), 'VmHWM').toFixed(0)} MiB`);
    expect(lists()).toBeGreaterThanOrEqual(listed + 3);
    expect(inspections()).toBe(asked);
    expect(state()).toEqual(before);
    expect(Math.min(...times, eachCpuMs)).toBeLessThan(1000 * slowness());
    expect(memoryOf(agent.pid(), 'VmHWM')).toBeLessThan(300);
  }, 120_000); // prettier-ignore

  /** How long each resync without a change took, as the agent says. */
  function durations(): number[] {
    return [...agent.log().matchAll(/listed \d+ containers, 0 changes, (\d+) ms/g)].map((match) => Number(match[1]));
  } // prettier-ignore
});
