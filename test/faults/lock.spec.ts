import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { until } from '../bed/shell.js';
import { assertAll, copiesOf, finalsBelow } from './assert-all.js';
import { attempt, startFaultBed } from './harness.js';

const MIB = 1024 * 1024;

describe('pruning', () => {
  afterEach(leave);

  it('F43: of an app that is being uploaded and verified: nothing goes before the new copy is a backup', async () => {
    const bed = await startFaultBed({ IDLE_TIMEOUT_S: '20' }, { sizeBytes: 16 * MIB });
    for (let run = 0; run < 3; run += 1) await attempt(bed.agent, bed.appId);
    const wholes = (): string[] =>
      finalsBelow(bed.roots['local']!).filter((name) => !name.endsWith('.partial'));
    const before = wholes();
    expect(before).toHaveLength(3);
    const change = { retention: 'last=1,min=1' };
    expect((await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, change)).status).toBe(200);
    bed.app.control({ pauseMs: 5 });
    const sentBefore = bed.app.sentBytes();
    const running = attempt(bed.agent, bed.appId);
    await until('some megabytes', () => (bed.app.sentBytes() - sentBefore > 2 * MIB ? true : null));
    // Whoever asks meanwhile gets the run that is under way, and no pass of its own.
    const asked = await Promise.all(
      Array.from({ length: 20 }, () => bed.agent.api('POST', `/api/apps/${bed.appId}/backups`)),
    );
    expect(new Set(asked.map(({ body }) => String(body.job_id))).size).toBe(1);
    while (bed.app.sentBytes() - sentBefore < 15 * MIB) {
      expect(wholes()).toEqual(before);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await running).toMatchObject({ outcome: 'succeeded' });
    const left = (await copiesOf(bed.agent)).filter(({ state }) => state !== 'deleted');
    expect(left.map(({ size_bytes }) => size_bytes)).toContain(16 * MIB);
    expect(wholes()).toHaveLength(1);
    await assertAll(bed.agent, bed.roots, left);
  }, 60_000);
});
