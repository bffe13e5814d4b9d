import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import type { DriveFault } from '../bed/stand-ins/drive.js';
import { assertAll, copiesOf } from './assert-all.js';
import type { Copy } from './assert-all.js';
import { startDriveBed } from './drive-bed.js';
import type { DriveBed } from './drive-bed.js';
import { fewerTries } from './fewer-tries.js';
import { attempt } from './harness.js';

const UPLOAD = /^(POST|PUT) \/upload/;
const RATE = {
  status: 403,
  reason: 'userRateLimitExceeded',
  message: 'User Rate Limit Exceeded. Rate of requests',
};
const LOST = { status: 500, reason: 'backendError', message: 'Backend Error' };
const FOR_EVER = 1000;

describe('F23 Google Drive says no', () => {
  let bed: DriveBed;
  let earlier: Copy[];
  beforeAll(async () => {
    bed = await startDriveBed({}, { sizeBytes: 300 * 1024 });
    await fewerTries(bed.agent, 3);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    earlier = await copiesOf(bed.agent);
  }, 60_000);
  afterEach(async () => {
    bed.drive.faults.length = 0;
    await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
  });
  afterAll(leave);

  it.each<[what: string, fault: Omit<DriveFault, 'on'>]>([
    ['403 for the rate, twice', { times: 2, ...RATE }],
    ['503, twice', { times: 2, status: 503, reason: 'backendError', message: 'Backend Error' }],
  ])(
    'F23: %s: it heals within the run',
    async (_, fault) => {
      bed.drive.faults.push({ on: UPLOAD, ...fault });
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    },
    60_000,
  );

  it.each<[what: string, code: string, fault: Omit<DriveFault, 'on' | 'times'>]>([
    ['403 for the rate, for ever', 'destination-busy', RATE],
    ['750 GB in a day', 'destination-daily-limit', { ...RATE, message: 'User rate limit exceeded.' }],
  ])(
    'F23: %s: %s, and nothing is left',
    async (_, code, fault) => {
      bed.drive.faults.push({ on: UPLOAD, times: FOR_EVER, ...fault });
      const before = bed.drive.seen.length;
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'failed', error: { code } });
      expect(bed.drive.seen.length - before).toBeLessThan(60);
    },
    60_000,
  );

  it('F23: a withdrawn authorisation is told as such, is not tried again, and a new one heals it', async () => {
    const conf = join(bed.agent.dataDir, 'rclone.conf');
    const text = readFileSync(conf, 'utf8');
    bed.drive.faults.push({
      on: /^POST \/token/,
      times: FOR_EVER,
      status: 400,
      reason: 'invalid_grant',
      message: 'Token has been expired or revoked.',
    });
    writeFileSync(conf, text.replace('2099-', '2020-'));
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      error: { code: 'destination-expired', hint: expect.stringContaining('Authorise it again') },
    });
    writeFileSync(conf, text);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
  }, 60_000);
});

describe('F24 Google Drive and answers that are lost', () => {
  let bed: DriveBed;
  let earlier: Copy[];
  beforeAll(async () => {
    bed = await startDriveBed({}, { sizeBytes: 5000 });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    earlier = await copiesOf(bed.agent);
  }, 60_000);
  afterEach(async () => {
    expect(bed.drive.faults.map(({ times }) => times)).toEqual([0]);
    bed.drive.faults.length = 0;
    expect(bed.shelf.names()).toEqual([...new Set(bed.shelf.names())]);
    await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
  });
  afterAll(leave);

  it.each<[what: string, sizeBytes: number, on: RegExp, times: number]>([
    ['an upload', 5000, /^POST \/upload.*uploadType=multipart/, 1],
    ['each chunk of an upload', 9 * 1024 * 1024, /upload_id=/, 2],
    ['the rename', 300 * 1024, /^PATCH \/drive/, 1],
  ])(
    'F24: %s that was done and is answered with 500: one object and one row',
    async (_, sizeBytes, on, times) => {
      bed.app.control({ sizeBytes });
      bed.drive.faults.push({ on, times, ...LOST, afterEffect: true });
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    },
    60_000,
  );

  it.each([
    ['copy', /^POST \/upload.*uploadType=multipart/, 1],
    ['copy and its manifest', /^POST \/upload.*uploadType=multipart/, 2],
  ])(
    'F24: a %s that is there twice under its name: the second is removed, the first compared',
    async (_, on, times) => {
      bed.app.control({ sizeBytes: 5000 });
      bed.drive.faults.push({ on, times, ...LOST, twice: true });
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    },
    60_000,
  );
});
