import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { assertAll } from './assert-all.js';
import { filesBelow } from './files.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

const MIB = 1024 * 1024;
const rssOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Runs a backup of so many bytes. @returns the agent's most resident memory and files of its own meanwhile */
async function mostDuring(bed: FaultBed, sizeBytes: number): Promise<{ rss: number; files: number }> {
  bed.app.control({ sizeBytes });
  bed.app.sha256();
  const most = { rss: 0, files: 0 };
  const watching = setInterval(() => {
    most.rss = Math.max(most.rss, rssOf(bed.agent.pid()));
    const files = filesBelow(bed.agent.dataDir).filter((name) => !/sqlite/.test(name)).length;
    most.files = Math.max(most.files, files);
  }, 50);
  const job = await attempt(bed.agent, bed.appId, 180_000);
  clearInterval(watching);
  expect(job).toMatchObject({ outcome: 'succeeded', size_bytes: sizeBytes });
  return most;
}

describe('memory', () => {
  afterAll(leave);

  it('is flat in the size of an export, and nothing of it touches the agent’s own disk', async () => {
    const bed = await startFaultBed(
      // As in the image.
      { IDLE_TIMEOUT_S: '60', MALLOC_ARENA_MAX: '1' },
      { chunkBytes: 256 * 1024 },
    );
    // What is allocated once is allocated for a small export as well: the most of one is held against the most of the other.
    const small = await mostDuring(bed, 512 * MIB);
    const large = await mostDuring(bed, 2048 * MIB);
    process.stdout.write(
      `memory: at most ${(small.rss / MIB).toFixed(0)} MiB with 512 MiB, ${(large.rss / MIB).toFixed(0)} MiB with 2 GiB\n`,
    );
    expect((large.rss - small.rss) / MIB).toBeLessThan(40);
    expect(large.files).toBeLessThan(5);
    await assertAll(bed.agent, bed.roots);
  }, 240_000);
});
