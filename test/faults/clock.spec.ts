import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { makeFakeClock } from '../bed/fake-clock.js';
import { until } from '../bed/shell.js';
import { assertAll, copiesOf, finalsBelow } from './assert-all.js';
import { attempt, register, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Job {
  trigger: string;
  outcome: string;
}

const jobsOf = async (bed: FaultBed, appId: string): Promise<Job[]> =>
  (await bed.agent.api('GET', `/api/jobs?limit=200&app_id=${appId}`)).body.items as Job[];
const setting = (bed: FaultBed, appId: string, change: Record<string, string>): Promise<{ status: number }> =>
  bed.agent.api('PUT', `/api/apps/${appId}/overrides`, change);
const nextOf = async (bed: FaultBed, appId: string): Promise<string> =>
  String((await bed.agent.api('GET', `/api/apps/${appId}`)).body.next_run_at);

describe('the clock', () => {
  afterEach(leave, 30_000);

  it('F37: set in mid-run, by a year, a day or some minutes: the run ends well, nothing is pruned, later copies stay', async () => {
    const clock = await makeFakeClock();
    const bed = await startFaultBed({ ...clock.env, IDLE_TIMEOUT_S: '20' }, { sizeBytes: 4 * MIB });
    expect((await setting(bed, bed.appId, { retention: 'last=9,min=1' })).status).toBe(200);
    for (let run = 0; run < 2; run += 1) await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    expect((await setting(bed, bed.appId, { retention: 'last=1,min=1' })).status).toBe(200);
    let copies = 2;
    for (const jumpMs of [365 * DAY_MS, -DAY_MS, 6 * 60_000, -6 * 60_000]) {
      bed.app.control({ pauseMs: 10 });
      const before = bed.app.sentBytes();
      const running = attempt(bed.agent, bed.appId);
      await until('a megabyte', () => (bed.app.sentBytes() - before > MIB ? true : null));
      clock.ahead(jumpMs);
      copies += 1;
      expect(await running).toMatchObject({
        outcome: 'succeeded',
        attempt: 1,
        warnings: [{ code: 'clock-moved' }],
      });
      expect(finalsBelow(bed.roots['local']!)).toHaveLength(copies);
      clock.ahead(0);
    }
    // With the clock right again there still is a copy of next year.
    bed.app.control({ pauseMs: 0 });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);

  it('F37: a year ahead for a while: one run is caught up, and backups go on when it is right again', async () => {
    const clock = await makeFakeClock();
    const bed = await startFaultBed(clock.env);
    await setting(bed, bed.appId, { frequency: 'daily@03:00' });
    await until('a due time', async () => ((await nextOf(bed, bed.appId)) === 'null' ? null : true));
    await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    clock.ahead(365 * DAY_MS);
    await until('the run that is caught up', async () =>
      (await jobsOf(bed, bed.appId)).some(
        ({ trigger, outcome }) => trigger === 'catch-up' && outcome === 'succeeded',
      )
        ? true
        : null,
    );
    await pause(1500);
    expect(await jobsOf(bed, bed.appId)).toHaveLength(2);
    expect(Date.parse(await nextOf(bed, bed.appId))).toBeGreaterThan(Date.now() + 300 * DAY_MS);
    clock.ahead(0);
    await until('a due time of now', async () =>
      Date.parse(await nextOf(bed, bed.appId)) < Date.now() + DAY_MS + 60_000 ? true : null,
    );
    // And the same when it was set right while the agent was away.
    clock.ahead(365 * DAY_MS);
    await until('the next run that is caught up', async () => {
      const jobs = await jobsOf(bed, bed.appId);
      return jobs.length === 3 && jobs.every(({ outcome }) => outcome === 'succeeded') ? true : null;
    });
    await until('its due time', async () =>
      Date.parse(await nextOf(bed, bed.appId)) > Date.now() + 300 * DAY_MS ? true : null,
    );
    await bed.agent.kill('SIGTERM');
    clock.ahead(0);
    await bed.agent.start();
    await until('a due time of now', async () =>
      Date.parse(await nextOf(bed, bed.appId)) < Date.now() + DAY_MS + 60_000 ? true : null,
    );
    expect(await jobsOf(bed, bed.appId)).toHaveLength(3);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);

  /** [zone, frequency, [instant just before which the clock is set, runs there are then]…] */
  const CHANGES: [zone: string, frequency: string, visits: [at: string, runs: number][]][] = [
    ['Pacific/Apia', 'daily@03:00', [['2011-12-29T13:00:00Z', 1], ['2011-12-30T09:59:00Z', 1], ['2011-12-30T13:00:00Z', 2]]],
    ['Europe/Madrid', 'daily@02:30', [['2026-03-28T01:30:00Z', 1], ['2026-03-29T01:30:00Z', 2], ['2026-03-29T02:30:00Z', 2], ['2026-03-30T00:30:00Z', 3]]],
    ['Europe/Madrid', 'daily@02:30', [['2026-10-25T00:30:00Z', 1], ['2026-10-25T01:30:00Z', 1], ['2026-10-26T01:30:00Z', 2]]],
  ]; // prettier-ignore

  it('F38: when clocks change, a day is left out or the zone is set anew, each slot fires once and nothing is deleted', async () => {
    const clock = await makeFakeClock();
    clock.set('2011-12-28T00:00:00Z');
    // The bed's own app has no part in this: by its daily time, which depends on when the tests run, it could come due each day.
    const bed = await startFaultBed({ ...clock.env, TZ: 'Europe/Madrid', DEFAULT_FREQUENCY: '0 0 29 2 *' });
    const ended = (appId: string, count: number): Promise<unknown> =>
      until(`${count} runs`, async () => {
        const jobs = await jobsOf(bed, appId);
        return jobs.filter(({ outcome }) => outcome === 'succeeded').length >= count ? true : null;
      }, 15_000); // prettier-ignore
    for (const [index, [zone, frequency, visits]] of CHANGES.entries()) {
      clock.set(new Date(Date.parse(visits[0]![0]) - 3_600_000).toISOString());
      const appId = await register(bed.agent, bed.app.url, `zone ${index}`);
      await setting(bed, appId, { frequency, timezone: zone });
      await until('a due time', async () => ((await nextOf(bed, appId)) === 'null' ? null : true));
      for (const [at, runs] of visits) {
        clock.set(new Date(Date.parse(at) - 300).toISOString());
        await ended(appId, runs);
        await pause(1300);
        expect({ zone, at, runs: (await jobsOf(bed, appId)).length }).toEqual({ zone, at, runs });
      }
      await setting(bed, appId, { frequency: '0 0 29 2 *' });
    }
    const earlier = await copiesOf(bed.agent);
    expect(earlier).toHaveLength(finalsBelow(bed.roots['local']!).length);
    const moving = await register(bed.agent, bed.app.url, 'moving');
    await setting(bed, moving, { frequency: 'daily@03:00' });
    await until('a due time', async () => ((await nextOf(bed, moving)) === 'null' ? null : true));
    clock.set('2026-11-02T01:59:59.500Z');
    await ended(moving, 1);
    await bed.agent.kill('SIGTERM');
    await bed.agent.start({ TZ: 'America/New_York' });
    await until('the due time in the new zone', async () =>
      (await nextOf(bed, moving)) === '2026-11-02T08:00:00.000Z' ? true : null,
    );
    expect(await jobsOf(bed, moving)).toHaveLength(1);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);
});
