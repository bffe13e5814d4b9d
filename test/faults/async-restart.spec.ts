import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { until } from '../bed/shell.js';
import { assertAll } from './assert-all.js';
import { filesBelow } from './files.js';
import { startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

const MIB = 1024 * 1024;

describe('an export that outlives the agent', () => {
  let bed: FaultBed;
  let earlier = 0;

  beforeAll(async () => {
    bed = await startFaultBed({}, { mode: 'async-stuck', retryAfter: '0.1' });
  }, 60_000);
  afterAll(leave);
  beforeEach(() => {
    bed.app.control({ mode: 'async-stuck', sizeBytes: MIB, pauseMs: 0 });
    earlier = bed.app.requests().length;
  });

  const asked = (method: string, path: RegExp): number =>
    bed.app.requests().slice(earlier).filter((one) => one.method === method && path.test(one.path)).length; // prettier-ignore
  const exportsAsked = (): number => asked('POST', /\/backup\/export/);
  const jobsDropped = (): number => asked('DELETE', /\/jobs\//);
  const startAndPoll = async (): Promise<string> => {
    const { body } = await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`);
    await until('some polls', () => (asked('GET', /\/jobs\//) >= 3 ? true : null));
    return body.job_id as string;
  };
  /** The newest runs, once all have ended. */
  const newest = async (count: number): Promise<unknown[]> =>
    until('the end of all runs', async () => {
      const { items } = (await bed.agent.api('GET', `/api/jobs?limit=${count}`)).body;
      const isOver = items.every((job: { state: string }) => job.state === 'finished');
      return isOver ? items.map((job: { trigger: string; outcome: string; error: { code: string } | null }) => [job.trigger, job.outcome, job.error?.code ?? null]) : null; // prettier-ignore
    });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'is waited for by the next agent after %s, never asked for twice',
    async (signal) => {
      await startAndPoll();
      await bed.agent.kill(signal);
      expect(jobsDropped()).toBe(0);
      const pollsBefore = asked('GET', /\/jobs\//);
      await bed.agent.start();
      await until('polls of the next agent', () =>
        asked('GET', /\/jobs\//) > pollsBefore + 2 ? true : null,
      );
      bed.app.control({ mode: 'async' });
      expect(await newest(2)).toEqual([
        ['retry', 'succeeded', null],
        ['api', 'interrupted', 'interrupted'],
      ]);
      expect([exportsAsked(), jobsDropped()]).toEqual([1, 0]);
      await assertAll(bed.agent, bed.roots);
    },
    60_000,
  );

  it('is downloaded again, not made again, when the agent was killed in the download', async () => {
    bed.app.control({ mode: 'async', sizeBytes: 64 * MIB, pauseMs: 2 });
    const sentBefore = bed.app.sentBytes();
    await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`);
    await until('some megabytes', () => (bed.app.sentBytes() - sentBefore > 8 * MIB ? true : null));
    await bed.agent.kill('SIGKILL');
    bed.app.control({ pauseMs: 0 });
    await bed.agent.start();
    expect(await newest(2)).toEqual([
      ['retry', 'succeeded', null],
      ['api', 'interrupted', 'interrupted'],
    ]);
    expect([exportsAsked(), asked('GET', /\/download/)]).toEqual([1, 2]);
    await assertAll(bed.agent, bed.roots);
  }, 60_000);

  it('fails truthfully when the app no longer knows it', async () => {
    await startAndPoll();
    await bed.agent.kill('SIGKILL');
    bed.app.control({ mode: 'async-lost' });
    await bed.agent.start();
    expect(await newest(2)).toEqual([
      ['retry', 'failed', 'app-job-lost'],
      ['api', 'interrupted', 'interrupted'],
    ]);
    expect(exportsAsked()).toBe(1);
    await assertAll(bed.agent, bed.roots);
  }, 60_000);

  it('has the time limit of one run, however often the agent starts, and is dropped at its end', async () => {
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { timeout: '10s' });
    await startAndPoll();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await bed.agent.kill('SIGKILL');
    await bed.agent.start();
    expect(await newest(1)).toEqual([['retry', 'failed', 'run-timeout']]);
    // The job was 5 s old at least when the second agent took it over.
    const [job] = (await bed.agent.api('GET', '/api/jobs?limit=1')).body.items;
    expect(Date.parse(job.finished_at) - Date.parse(job.started_at)).toBeLessThan(9500);
    expect([exportsAsked(), jobsDropped()]).toEqual([1, 1]);
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { timeout: null });
    await assertAll(bed.agent, bed.roots);
  }, 60_000);

  it('is dropped when its time had passed before the next agent came, or a destination refuses the run', async () => {
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { timeout: '2s' });
    await startAndPoll();
    await bed.agent.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await bed.agent.start();
    expect(await newest(1)).toEqual([['retry', 'failed', 'run-timeout']]);
    expect([exportsAsked(), jobsDropped()]).toEqual([1, 1]);
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { timeout: null });
    earlier = bed.app.requests().length;
    await startAndPoll();
    await bed.agent.kill('SIGKILL');
    const [marker] = filesBelow(bed.roots['local']!).filter((name) => name.includes('.backup-orchestrator'));
    renameSync(join(bed.roots['local']!, marker!), join(bed.roots['local']!, 'hidden'));
    await bed.agent.start();
    expect(await newest(1)).toEqual([['retry', 'failed', 'destination-changed']]);
    renameSync(join(bed.roots['local']!, 'hidden'), join(bed.roots['local']!, marker!));
    expect([exportsAsked(), jobsDropped()]).toEqual([1, 1]);
    await assertAll(bed.agent, bed.roots);
  }, 60_000);

  it('is dropped at the app when a person cancels the run', async () => {
    const id = await startAndPoll();
    await bed.agent.api('POST', `/api/jobs/${id}/cancel`);
    expect(await newest(1)).toEqual([['api', 'cancelled', 'cancelled']]);
    expect([exportsAsked(), jobsDropped()]).toEqual([1, 1]);
    await assertAll(bed.agent, bed.roots);
  }, 60_000);
});
