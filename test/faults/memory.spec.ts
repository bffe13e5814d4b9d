import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { assertAll } from './assert-all.js';
import { filesBelow } from './files.js';
import { attempt, startFaultBed } from './harness.js';

const MIB = 1024 * 1024;
const rssOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

describe('memory', () => {
  afterAll(leave);

  it('is flat in the size of an export, and nothing of it touches the agent’s own disk', async () => {
    const bed = await startFaultBed(
      { IDLE_TIMEOUT_S: '60' },
      { sizeBytes: 64 * MIB, chunkBytes: 256 * 1024 },
    );
    // The first run warms up what is allocated once.
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    const before = rssOf(bed.agent.pid());
    bed.app.control({ sizeBytes: 2048 * MIB });
    bed.app.sha256();
    let most = before;
    let mostData = 0;
    const watching = setInterval(() => {
      most = Math.max(most, rssOf(bed.agent.pid()));
      mostData = Math.max(
        mostData,
        filesBelow(bed.agent.dataDir).filter((name) => !/sqlite/.test(name)).length,
      );
    }, 50);
    const job = await attempt(bed.agent, bed.appId, 180_000);
    clearInterval(watching);
    expect(job).toMatchObject({ outcome: 'succeeded', size_bytes: 2048 * MIB });
    process.stdout.write(
      `memory: 2 GiB grew the agent by ${((most - before) / MIB).toFixed(1)} MiB to ${(most / MIB).toFixed(0)} MiB\n`,
    );
    expect((most - before) / MIB).toBeLessThan(40);
    expect(mostData).toBeLessThan(5);
    await assertAll(bed.agent, bed.roots);
  }, 240_000);
});
