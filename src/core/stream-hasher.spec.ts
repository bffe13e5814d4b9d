import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { untilTrue, watchedThreads } from './hash-threads.fixture.js';
import { StreamHasher } from './stream-hasher.js';

const MIB = 1024 * 1024;
const NAMES = ['sha256', 'md5', 'sha1'];
const BYTES = randomBytes(12 * MIB);

const atOnce = (bytes: Buffer): string[] => NAMES.map((name) => createHash(name).update(bytes).digest('hex'));

/** Each chunk is overwritten once it was taken. */
async function inChunks(hasher: StreamHasher, sizes: readonly number[]): Promise<Buffer> {
  let at = 0;
  for (const size of sizes) {
    const chunk = Buffer.from(BYTES.subarray(at, at + size));
    await hasher.update(chunk);
    chunk.fill(0);
    at += size;
  }
  return BYTES.subarray(0, at);
}

describe('StreamHasher', () => {
  it('hashes any sequence of chunks as if it had come at once', async () => {
    const { threads, living } = watchedThreads();
    const size = fc.oneof(
      fc.nat(300),
      fc.nat(300 * 1024),
      fc.constantFrom(0, 1, MIB / 2 - 1, MIB / 2, MIB / 2 + 1, 5 * MIB),
    );
    const sequences = fc.array(size, { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(sequences, async (sizes) => {
        const hasher = new StreamHasher(NAMES, threads);
        const bytes = await inChunks(hasher, sizes);
        expect(await hasher.digest()).toEqual(atOnce(bytes));
      }),
      { numRuns: 60 },
    );
    await untilTrue(() => living() === 0);
  });

  it('does not mix streams that share a thread', async () => {
    const { threads, workers } = watchedThreads(1);
    const sizes = [100_000, 900_000, 7, 2_000_000, 65_536].flatMap((size) => [size, size, size]);
    const hashed = [1, 2, 3].map(async (count) => {
      const hasher = new StreamHasher(NAMES, threads);
      const bytes = await inChunks(hasher, sizes.slice(count));
      return { found: await hasher.digest(), wanted: atOnce(bytes) };
    });
    for (const { found, wanted } of await Promise.all(hashed)) expect(found).toEqual(wanted);
    expect(workers).toHaveLength(1);
  });

  it('needs no thread for what is small', async () => {
    const { threads, workers } = watchedThreads();
    for (const sizes of [[], [0], [5], [MIB / 8, MIB / 8]]) {
      const hasher = new StreamHasher(NAMES, threads);
      const bytes = await inChunks(hasher, sizes);
      expect(await hasher.digest()).toEqual(atOnce(bytes));
    }
    expect(workers).toHaveLength(0);
  });

  it('fails when its thread dies in the middle, and does not wait for ever', async () => {
    for (const chunk of [64 * 1024, 9 * MIB]) {
      const { threads, workers } = watchedThreads();
      const hasher = new StreamHasher(NAMES, threads);
      await inChunks(hasher, [3 * MIB]);
      await Promise.all(workers.map((worker) => worker.terminate()));
      const failed = { code: 'internal', detail: expect.stringContaining('a thread that hashes ended') };
      await expect(inChunks(hasher, [chunk])).rejects.toMatchObject(failed);
      await expect(hasher.digest()).rejects.toMatchObject(failed);
    }
  });

  it('fails when its thread dies while it waits for the sum, or for room', async () => {
    const waits = [
      (hasher: StreamHasher) => hasher.digest(),
      (hasher: StreamHasher) =>
        inChunks(
          hasher,
          Array.from({ length: 12 }, () => MIB),
        ),
    ];
    for (const wait of waits) {
      const { threads, workers } = watchedThreads();
      const hasher = new StreamHasher(NAMES, threads);
      await inChunks(hasher, [MIB]);
      const ended = Promise.all(workers.map((worker) => worker.terminate()));
      await expect(wait(hasher)).rejects.toMatchObject({ code: 'internal' });
      await ended;
    }
  });

  it('lets the thread go when a stream is given up', async () => {
    const { threads, workers, living } = watchedThreads();
    const hasher = new StreamHasher(NAMES, threads);
    await inChunks(hasher, [9 * MIB]);
    hasher.close();
    hasher.close();
    expect(() => hasher.update(Buffer.from('more'))).toThrow('closed');
    await untilTrue(() => living() === 0);
    expect(workers).toHaveLength(1);
    // A new one starts for the next stream.
    const next = new StreamHasher(NAMES, threads);
    const bytes = await inChunks(next, [9 * MIB]);
    expect(await next.digest()).toEqual(atOnce(bytes));
  });

  it('tells what the thread cannot do', async () => {
    const { threads } = watchedThreads();
    const hasher = new StreamHasher(['sha257'], threads);
    const hashing = async (): Promise<string[]> => {
      await hasher.update(BYTES.subarray(0, 2 * MIB));
      return hasher.digest();
    };
    await expect(hashing()).rejects.toMatchObject({ code: 'internal' });
  });
});
