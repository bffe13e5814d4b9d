import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { aContainer, composed } from '../../builders/a-container.js';
import { FakeEngine } from '../../builders/fake-engine.js';
import { leave } from '../../bed/cleanup.js';
import { onEnd } from '../../bed/reaper.js';
import { until } from '../../bed/shell.js';
import { eachOf, pause } from './harness.js';

const KILLS = 100;
/** Each round has so many containers more. */
const FRESH = 20;
/** Two databases, each with an engine of its own: a kill costs a start, which one core does. */
const LANES = [0, 1];
const CHILD = fileURLToPath(new URL('registering.mjs', import.meta.url));

interface Row {
  key: string;
  slug: string;
  state: string;
  origin: string;
  container_id: string | null;
  declaration: string;
  problems: string;
}

interface Lane {
  engine: FakeEngine;
  folder: string;
  round: number;
  /** Milliseconds from the list to the rows, when it is not killed. */
  takesMs: number;
  /** Where the kills came. */
  hits: { before: number; between: number; after: number };
}

describe('35: discovery that is killed while it registers', () => {
  let lanes: Lane[] = [];

  beforeAll(async () => {
    lanes = await Promise.all(
      LANES.map(async (lane) => {
        const folder = mkdtempSync(join(tmpdir(), `bo-kills-${lane}-`));
        await onEnd({ remove: folder });
        const hits = { before: 0, between: 0, after: 0 };
        return { engine: await new FakeEngine().start(), folder, round: 0, takesMs: 0, hits };
      }),
    );
    for (const lane of lanes) await runToEnd(lane);
  }, 60_000);
  afterAll(async () => {
    await leave();
    for (const { engine } of lanes) await engine.stop();
  }, 60_000);

  function addContainers(lane: Lane): void {
    lane.round += 1;
    for (let index = 0; index < FRESH; index += 1) {
      // Some are taken from the list, others are inspected, some have one name, some a label that is wrong.
      const labels: Record<string, string> = { 'backup.enable': 'true' };
      if (index % 2 === 0) labels['backup.port'] = '8080';
      if (index % 3 === 0) labels['backup.name'] = 'same';
      if (index % 5 === 0) labels['backup.freqency'] = 'daily';
      const container = aContainer({ labels: { ...composed(`r${lane.round}`, `s${index}`), ...labels } });
      lane.engine.containers.set(container.id, container);
    }
  }

  /** Starts it; resolves when it has asked for the list. */
  async function start({ engine, folder }: Lane): Promise<{ kill: () => Promise<void> }> {
    engine.requests.length = 0;
    const child = spawn(process.execPath, [CHILD], {
      env: {
        DOCKER_HOST: engine.host, DATA_DIR: folder, APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'correct horse battery', LOG_LEVEL: 'error',
      },
      stdio: 'ignore',
    }); // prettier-ignore
    const forget = await onEnd({ kill: child.pid ?? 0, graceMs: 500 });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const asked = (): boolean => engine.requests.some((line) => line.includes('/containers/json'));
    await until('the list', () => (asked() ? true : null), 20_000, 1);
    return {
      kill: async () => {
        child.kill('SIGKILL');
        await gone;
        await forget();
      },
    };
  }

  function rowsOf({ folder }: Lane): Row[] {
    const db = new Database(join(folder, 'orchestrator.sqlite'));
    try {
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      return db.prepare('select * from apps').all() as Row[];
    } finally {
      db.close();
    }
  }

  /** Every row is a whole one, of a container that is there, and of no other row's. */
  function assertWhole(lane: Lane): number {
    const rows = rowsOf(lane);
    const unique = (values: (string | null)[]): number => new Set(values).size;
    expect(unique(rows.map(({ key }) => key))).toBe(rows.length);
    expect(unique(rows.map(({ slug }) => slug))).toBe(rows.length);
    expect(unique(rows.map(({ container_id }) => container_id))).toBe(rows.length);
    for (const row of rows) {
      expect(lane.engine.containers.has(row.container_id ?? '')).toBe(true);
      expect([row.origin, row.state]).toEqual(['label', 'active']);
      expect(JSON.parse(row.declaration)).toBeInstanceOf(Object);
      expect(JSON.parse(row.problems)).toBeInstanceOf(Array);
    }
    return rows.length;
  }

  async function runToEnd(lane: Lane): Promise<void> {
    addContainers(lane);
    const running = await start(lane);
    const began = performance.now();
    await until('all', () => (rowsOf(lane).length === lane.engine.containers.size ? true : null), 20_000, 5);
    lane.takesMs = performance.now() - began;
    await running.kill();
  }

  async function killOnce(lane: Lane, share: number): Promise<void> {
    const known = assertWhole(lane);
    addContainers(lane);
    const running = await start(lane);
    await pause(share * lane.takesMs);
    await running.kill();
    const rows = assertWhole(lane);
    // What was there is still there.
    expect(rows).toBeGreaterThanOrEqual(known);
    const hit = rows === known ? 'before' : rows < lane.engine.containers.size ? 'between' : 'after';
    lane.hits[hit] += 1;
    // Each start has more to look at than the last: the moment of the rows is looked for again and again.
    if (hit === 'before' && share > 0.5) lane.takesMs *= 1.2;
    if (hit === 'after' && share < 0.8) lane.takesMs *= 0.85;
  }

  it(`${KILLS} times has no half row and no double, and finds the rest at the next start`, async () => {
    const began = performance.now();
    const perLane = KILLS / LANES.length;
    // From the moment of the list until some time after the last row should be there.
    const shares = Array.from({ length: perLane }, (_, index) => (1.3 * ((index * 7) % perLane)) / perLane);
    await Promise.all(
      lanes.map((lane) => eachOf(shares, 1, (share) => killOnce(lane, share))),
    );
    for (const lane of lanes) {
      await runToEnd(lane);
      expect(assertWhole(lane)).toBe(lane.engine.containers.size);
    }
    const count = (hit: keyof Lane['hits']): number => lanes.reduce((sum, lane) => sum + lane.hits[hit], 0);
    process.stdout.write(
      `discovery: ${KILLS} kills in ${((performance.now() - began) / 1000).toFixed(0)} s: ${count('before')} before a row, ${count('between')} between rows, ${count('after')} after all\n`,
    );
    expect(count('before')).toBeGreaterThan(0);
    // Most kills would tell nothing if they came before there was anything to break.
    expect(count('between') + count('after')).toBeGreaterThan(KILLS / 5);
  }, 400_000); // prettier-ignore
});
