import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { until } from '../bed/shell.js';
import type { S3Fault } from '../bed/stand-ins/s3.js';
import { assertAll, copiesOf, rclonesOf } from './assert-all.js';
import type { Copy } from './assert-all.js';
import { fewerTries } from './fewer-tries.js';
import { attempt } from './harness.js';
import { startS3Bed } from './s3-bed.js';
import type { S3Bed } from './s3-bed.js';

const MIB = 1024 * 1024;

describe('F25 an S3 store', () => {
  let bed: S3Bed;
  let earlier: Copy[];
  beforeAll(async () => {
    bed = await startS3Bed({ sizeBytes: 12 * MIB });
    await fewerTries(bed.agent, 2);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    earlier = await copiesOf(bed.agent);
    // Of somebody else, in the same bucket and still under way.
    bed.s3.uploads.set('of-others', { key: 'backups/ghost/theirs.bin', headers: {}, parts: new Map() });
  }, 60_000);
  afterEach(async () => {
    bed.s3.faults.length = 0;
    expect([...bed.s3.uploads.keys()]).toEqual(['of-others']);
    await assertAll(bed.agent, { store: bed.shelf }, earlier);
  });
  afterAll(leave);

  it.each<[what: string, fault: Omit<S3Fault, 'on'>]>([
    ['answers 400 and took effect', { times: 1, status: 400, code: 'InvalidRequest', afterEffect: true }],
    ['answers 200 with an error in its body', { times: 1000, status: 200, code: 'AccessDenied' }],
  ])(
    'F25: a completion that %s: the run fails, and nothing is left that could be taken for a backup',
    async (_, fault) => {
      bed.app.control({ sizeBytes: 12 * MIB });
      const before = bed.shelf.names();
      bed.s3.faults.push({ on: 'POST complete', ...fault });
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({
        outcome: 'failed',
        error: { code: expect.stringMatching(/^destination-/) },
      });
      expect(bed.shelf.names()).toEqual(before);
    },
    60_000,
  );

  it('F25: a completion that answers 500 once and took effect: whole and recorded, or gone', async () => {
    bed.s3.faults.push({
      on: 'POST complete',
      times: 1,
      status: 500,
      code: 'InternalError',
      afterEffect: true,
    });
    const before = bed.shelf.names();
    const job = await attempt(bed.agent, bed.appId);
    if (job.outcome === 'failed') expect(bed.shelf.names()).toEqual(before);
    else expect(job).toMatchObject({ outcome: 'succeeded', backups: [{ proof: { read_back: true } }] });
  }, 60_000);

  it.each(['agent', 'rclone'] as const)(
    'F25: kill -9 of %s in the middle of the parts: no object, and the parts are aborted',
    async (whom) => {
      bed.app.control({ sizeBytes: 40 * MIB, pauseMs: 5 });
      const known = bed.s3.uploads.size;
      const { body } = await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`);
      await until('some parts', () =>
        [...bed.s3.uploads.values()].some(({ parts }) => parts.size > 1) ? true : null,
      );
      const objects = bed.s3.objects.size;
      if (whom === 'agent') await bed.agent.kill('SIGKILL');
      else for (const pid of await rclonesOf(bed.agent.dataDir)) process.kill(pid, 'SIGKILL');
      bed.app.control({ sizeBytes: 12 * MIB, pauseMs: 0 });
      if (whom === 'agent') await bed.agent.start();
      const job = await until('the end of the run', async () => {
        const answer = await bed.agent.api('GET', `/api/jobs/${body.job_id}`);
        return answer.body.state === 'finished' ? (answer.body as { outcome: string }) : null;
      });
      expect(job.outcome).toBe(whom === 'agent' ? 'interrupted' : 'failed');
      if (whom === 'rclone') expect(bed.s3.objects.size).toBe(objects);
      await until('a run that works', async () =>
        (await attempt(bed.agent, bed.appId)).outcome === 'succeeded' ? true : null,
      );
      expect(bed.s3.uploads.size).toBe(known);
    },
    60_000,
  );
});
