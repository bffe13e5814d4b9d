import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backUp } from '../bed/agent.js';
import { atEnd, leave } from '../bed/cleanup.js';
import { startExportApp } from '../bed/export-app/server.mjs';
import type { ExportAppConfig } from '../bed/export-app/server.mjs';
import { until } from '../bed/shell.js';
import { assertAll, copiesOf } from './assert-all.js';
import { register, startFaultBed, TOKEN } from './harness.js';
import type { FaultBed } from './harness.js';

/** A minute of the product is two seconds here: longer than a healthy run, which must not count as a long one. */
const LONG_RUN_S = 2;
const HEALTHY = 10;

describe('apps that take for ever', () => {
  let bed: FaultBed;
  let healthy: string[];

  const add = async (name: string, config: Partial<ExportAppConfig>): Promise<string> => {
    const app = await startExportApp({ token: TOKEN, ...config });
    atEnd(() => app.close());
    const id = await register(bed.agent, app.url, name);
    // Nothing of the first rounds is pruned in the later ones.
    expect((await bed.agent.api('PUT', `/api/apps/${id}/overrides`, { retention: 'last=50' })).status).toBe(
      200,
    );
    return id;
  };

  beforeAll(async () => {
    bed = await startFaultBed({
      MAX_PARALLEL_RUNS: '4', MAX_PARALLEL_PER_DESTINATION: '4', LONG_RUN_S: String(LONG_RUN_S), IDLE_TIMEOUT_S: '600', CONNECT_TIMEOUT_S: '600',
    }); // prettier-ignore
    // A second each, most of it spent waiting: what is measured are places, not the machine.
    const config = { sizeBytes: 10 * 65_536, chunkBytes: 65_536, pauseMs: 100 };
    healthy = await Promise.all(
      Array.from({ length: HEALTHY }, (_, index) => add(`healthy ${index}`, config)),
    );
  }, 60_000);
  afterAll(leave, 30_000);

  const secondsOfAll = async (): Promise<number> => {
    const began = performance.now();
    const jobs = await Promise.all(healthy.map((id) => backUp(bed.agent, id)));
    for (const job of jobs) expect(job).toMatchObject({ outcome: 'succeeded' });
    return (performance.now() - began) / 1000;
  };

  /** The shortest of three: what else the machine does only ever makes it longer. */
  const shortest = async (): Promise<number> => {
    const times = [await secondsOfAll(), await secondsOfAll(), await secondsOfAll()];
    return Math.min(...times);
  };

  it('an endless one, one of 1 byte per 10 s and one whose capabilities hang delay ten healthy ones by no more than a tenth', async () => {
    const before = await shortest();
    const earlier = await copiesOf(bed.agent);
    const stuck = [
      await add('endless', { mode: 'endless', chunkBytes: 65_536, pauseMs: 100 }),
      await add('a byte now and then', { mode: 'endless', chunkBytes: 1, pauseMs: 10_000 }),
      await add('hanging', { capabilities: 'hang', mode: 'no-answer' }),
    ];
    const runs = await Promise.all(
      stuck.map(async (id) => String((await bed.agent.api('POST', `/api/apps/${id}/backups`)).body.job_id)),
    );
    await new Promise((resolve) => setTimeout(resolve, 1500 * LONG_RUN_S));
    const beside = await shortest();
    for (const id of runs)
      expect((await bed.agent.api('GET', `/api/jobs/${id}`)).body).toMatchObject({ state: 'running' });
    const cancelled = await Promise.all(runs.map((id) => bed.agent.api('POST', `/api/jobs/${id}/cancel`)));
    expect(cancelled.map(({ status }) => status)).toEqual([202, 202, 202]);
    for (const id of runs)
      await until('the end of what was cancelled', async () =>
        (await bed.agent.api('GET', `/api/jobs/${id}`)).body.outcome === 'cancelled' ? true : null,
      );
    const after = await shortest();
    const ratio = beside / ((before + after) / 2);
    process.stdout.write(
      `fairness: ten healthy apps alone ${before.toFixed(2)} s and ${after.toFixed(2)} s, beside three stuck ones ${beside.toFixed(2)} s: × ${ratio.toFixed(3)}\n`,
    );
    expect(ratio).toBeLessThanOrEqual(1.1);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 180_000);
});
