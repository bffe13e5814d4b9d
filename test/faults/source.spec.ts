import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import type { ExportAppConfig } from '../bed/export-app/server.mjs';
import { assertAll, copiesOf, finalsBelow } from './assert-all.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

const MIB = 1024 * 1024;

describe('an app that misbehaves', () => {
  let bed: FaultBed;

  beforeAll(async () => {
    bed = await startFaultBed({ BACKUP_MAX_SIZE_MB: '64' }, {}, 'local,second');
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
  }, 60_000);
  afterAll(leave);
  afterEach(async () => {
    const earlier = (await copiesOf(bed.agent)).slice(-2);
    await assertAll(bed.agent, bed.roots, earlier);
  });

  it.each<[row: string, code: string, mode: Partial<ExportAppConfig>]>([
    ['F6', 'app-error', { mode: 'status', status: 500 }],
    ['F6', 'app-auth', { mode: 'status', status: 401 }],
    ['F6', 'app-not-found', { mode: 'status', status: 404 }],
    ['F6', 'app-redirected', { mode: 'status', status: 302, location: 'http://127.0.0.1:1/' }],
    ['F7', 'export-broken', { mode: 'abort-chunked', abortAt: 0 }],
    ['F7', 'export-broken', { mode: 'abort-chunked', abortAt: 50 * 1024 }],
    ['F7', 'export-broken', { mode: 'abort-chunked', sizeBytes: 8 * MIB, abortAt: 7 * MIB }],
    ['F7', 'export-broken', { mode: 'abort-chunked', sizeBytes: MIB, abortAt: MIB }],
    ['F7', 'export-broken', { mode: 'abort-sized', sizeBytes: MIB, abortAt: MIB - 1 }],
    ['F8', 'export-broken', { mode: 'length-too-long', sizeBytes: MIB }],
    ['F8', 'size-mismatch', { mode: 'size-too-long', sizeBytes: MIB }],
    ['F8', 'size-mismatch', { mode: 'size-too-short', sizeBytes: MIB }],
    ['F9', 'export-unverifiable', { mode: 'close-delimited' }],
    ['F9', 'export-unverifiable', { mode: 'close-delimited-reset' }],
    ['F9', 'size-mismatch', { mode: 'close-delimited-declared', sizeBytes: MIB, abortAt: 1000 }],
    ['F10', 'checksum-mismatch', { mode: 'wrong-checksum' }],
    ['F10', 'checksum-mismatch', { mode: 'wrong-trailer' }],
    ['F11', 'export-empty', { mode: 'empty' }],
    ['F12', 'app-idle', { mode: 'stall', abortAt: 300_000 }],
    ['F12', 'app-timeout', { mode: 'no-answer' }],
    ['F12', 'app-too-slow', { mode: 'chunked', chunkBytes: 1, pauseMs: 500 }],
    ['F13', 'export-too-large', { mode: 'endless' }],
    ['F15', 'app-job-lost', { mode: 'async-lost' }],
    ['F15', 'app-job-failed', { mode: 'async-failed' }],
    ['F15', 'app-error', { mode: 'async-expired' }],
    ['F15', 'export-broken', { mode: 'async-no-range', breaks: 1, abortAt: 1000 }],
  ])('%s: ends as %s (%j), keeps nothing, and the older copy stays', async (_row, code, mode) => {
    const before = finalsBelow(bed.roots['local']!);
    bed.app.control({
      mode: 'sync',
      sizeBytes: MIB,
      abortAt: 0,
      breaks: 0,
      location: '',
      chunkBytes: 65_536,
      pauseMs: 0,
      ...mode,
    });
    const job = await attempt(bed.agent, bed.appId);
    expect(job).toMatchObject({ outcome: 'failed', error: { code } });
    expect(finalsBelow(bed.roots['local']!)).toEqual(before);
  });

  it('F16: twenty triggers at once are one run', async () => {
    bed.app.control({ mode: 'sync', pauseMs: 5 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bed.agent.api('POST', `/api/apps/${bed.appId}/backups`)),
    );
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(new Set(answers.map(({ body }) => body.job_id)).size).toBe(1);
    bed.app.control({ pauseMs: 0 });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
  });
});
