import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { run, until } from '../bed/shell.js';
import { assertAll, copiesOf, finalsBelow } from './assert-all.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';
import { startSftpBed } from './sftp-bed.js';

const MIB = 1024 * 1024;
const POINTS = [
  'planned',
  'streaming',
  'uploaded',
  'counted',
  'verified',
  'settled',
  'renamed',
  'manifest',
  'recorded',
  'pruning',
  'pruned',
];
/** From here on the row has what was counted, so what lies there can be proven. */
const PROVABLE = POINTS.slice(POINTS.indexOf('counted'));

const jobsOf = async (bed: FaultBed) =>
  (await bed.agent.api('GET', '/api/jobs?limit=200')).body.items as {
    outcome: string;
    state: string;
    trigger: string;
    error: unknown;
  }[];
/** @param count a run that could not be proven has ended a moment before it is made again */
const allEnded = (bed: FaultBed, count: number) =>
  until('the end of all runs', async () => {
    const jobs = await jobsOf(bed);
    return jobs.length >= count && jobs.every((job) => job.state === 'finished') ? true : null;
  });

/** Pids of the rclone daemons that work on a data folder. */
async function rclonesOf(dataDir: string): Promise<number[]> {
  const { stdout } = await run('pgrep', ['-f', `rclone rcd .*${dataDir}`], { mayFail: true });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

describe('kill -9', () => {
  afterEach(leave);

  it.each(POINTS)(
    'F2: of the agent at "%s": the run ends truthfully, nothing is half there',
    async (point) => {
      const bed = await startFaultBed({}, { sizeBytes: 3 * MIB }, 'local,second');
      await attempt(bed.agent, bed.appId);
      const earlier = await copiesOf(bed.agent);
      await bed.agent.kill('SIGTERM');
      await bed.agent.start({ TEST_CRASH_AT: point });
      await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`).catch(() => undefined);
      await until('the death of the agent', async () =>
        (await fetch(`${bed.agent.url}/healthz`).catch(() => null)) === null ? true : null,
      );
      await bed.agent.kill('SIGKILL');
      await bed.agent.start();
      await allEnded(bed, PROVABLE.includes(point) ? 2 : 3);
      const jobs = await jobsOf(bed);
      const died = jobs.at(-2)!;
      expect(PROVABLE.includes(point) ? 'succeeded' : 'interrupted').toBe(died.outcome);
      // What could not be proven is made again by itself, once.
      expect(jobs.filter((job) => job.trigger === 'retry')).toHaveLength(PROVABLE.includes(point) ? 0 : 1);
      await assertAll(bed.agent, bed.roots, earlier);
      expect(finalsBelow(bed.roots['local']!)).toHaveLength(2);
    },
    60_000,
  );

  it('F1: of the agent in mid-upload: interrupted, cleaned, and made again', async () => {
    const bed = await startFaultBed({}, { sizeBytes: 64 * MIB, pauseMs: 2 });
    bed.app.control({ sizeBytes: MIB, pauseMs: 0 });
    await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    bed.app.control({ sizeBytes: 64 * MIB, pauseMs: 2 });
    const sentBefore = bed.app.sentBytes();
    await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`);
    await until('some megabytes', () => (bed.app.sentBytes() - sentBefore > 8 * MIB ? true : null));
    await bed.agent.kill('SIGKILL');
    bed.app.control({ pauseMs: 0 });
    await bed.agent.start();
    await allEnded(bed, 3);
    expect((await jobsOf(bed)).map((job) => [job.trigger, job.outcome])).toEqual([
      ['retry', 'succeeded'],
      ['api', 'interrupted'],
      ['api', 'succeeded'],
    ]);
    await assertAll(bed.agent, bed.roots, earlier);
    expect(await rclonesOf(bed.agent.dataDir)).toHaveLength(1);
  }, 60_000);

  it('F3: of rclone in mid-upload: the run fails, nothing is left, and the next one works', async () => {
    const bed = await startSftpBed({ sizeBytes: 64 * MIB, pauseMs: 2 });
    const running = attempt(bed.agent, bed.appId);
    await until('some megabytes', () => (bed.app.sentBytes() > 8 * MIB ? true : null));
    for (const pid of await rclonesOf(bed.agent.dataDir)) process.kill(pid, 'SIGKILL');
    expect(await running).toMatchObject({
      outcome: 'failed',
      error: { code: expect.stringMatching(/^(rclone-unavailable|destination-)/) },
    });
    // With rclone gone its partial cannot be removed at once: the next attempt does that.
    expect(finalsBelow(bed.roots['nas']!).filter((name) => !name.endsWith('.partial'))).toEqual([]);
    bed.app.control({ pauseMs: 0 });
    await until('a run that works again', async () =>
      (await attempt(bed.agent, bed.appId)).outcome === 'succeeded' ? true : null,
    );
    await assertAll(bed.agent, bed.roots);
  }, 60_000);

  it('F3: of rclone while a local folder is written: the run does not notice, since its bytes go straight to the file', async () => {
    const bed = await startFaultBed({}, { sizeBytes: 64 * MIB, pauseMs: 2 });
    const running = attempt(bed.agent, bed.appId);
    await until('some megabytes', () => (bed.app.sentBytes() > 8 * MIB ? true : null));
    for (const pid of await rclonesOf(bed.agent.dataDir)) process.kill(pid, 'SIGKILL');
    bed.app.control({ pauseMs: 0 });
    expect(await running).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots);
  }, 60_000);

  it('F4: SIGTERM in mid-upload: gone within 10 seconds, nothing half there, made again at the next start', async () => {
    const bed = await startFaultBed({}, { sizeBytes: 64 * MIB, pauseMs: 2 });
    await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`);
    await until('some megabytes', () => (bed.app.sentBytes() > 8 * MIB ? true : null));
    // A page that stays open must not hold up the stop.
    const listening = await fetch(`${bed.agent.url}/api/events`, {
      headers: { authorization: `Bearer ${bed.agent.apiToken}` },
    });
    expect(listening.status).toBe(200);
    const began = performance.now();
    expect(await bed.agent.kill('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(finalsBelow(bed.roots['local']!)).toEqual([]);
    expect(await rclonesOf(bed.agent.dataDir)).toEqual([]);
    bed.app.control({ pauseMs: 0 });
    await bed.agent.start();
    await allEnded(bed, 2);
    expect((await jobsOf(bed)).map((job) => job.outcome)).toEqual(['succeeded', 'interrupted']);
    await assertAll(bed.agent, bed.roots);
  }, 60_000);
});
