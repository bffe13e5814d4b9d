import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { untilTrue, watchedThreads } from '../core/hash-threads.fixture.js';
import { hashFile } from './hash-file.js';
import { LocalFiles } from './local-files.js';

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'bo-hash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

function fileOf(bytes: Buffer): string {
  const path = join(folder, randomBytes(6).toString('hex'));
  writeFileSync(path, bytes);
  return path;
}

/** A file that takes the thread a while, and no room on the disk. */
function hollow(sizeBytes: number): string {
  const path = fileOf(Buffer.alloc(0));
  truncateSync(path, sizeBytes);
  return path;
}

describe('hashFile', () => {
  it.each([0, 1, 64 * 1024, MIB + 1, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB + 7])(
    'counts and hashes a file of %i bytes, in a thread when it is large',
    async (sizeBytes) => {
      const { threads, workers } = watchedThreads();
      const bytes = randomBytes(sizeBytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(await hashFile(fileOf(bytes), never, threads)).toEqual({ sizeBytes, sha256 });
      expect(workers).toHaveLength(sizeBytes < 4 * MIB ? 0 : 1);
    },
  );

  it('hashes many files at once, with few threads', async () => {
    const { threads, workers, living } = watchedThreads(3);
    const files = Array.from({ length: 8 }, () => randomBytes(5 * MIB));
    const found = await Promise.all(files.map((bytes) => hashFile(fileOf(bytes), never, threads)));
    expect(found.map(({ sha256 }) => sha256)).toEqual(
      files.map((bytes) => createHash('sha256').update(bytes).digest('hex')),
    );
    expect(workers).toHaveLength(3);
    await untilTrue(() => living() === 0);
  });

  it('tells the system’s own error, and copy-missing for a destination', async () => {
    await expect(hashFile(join(folder, 'none'), never)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(hashFile(folder, never)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(new LocalFiles(folder).digest('none', never)).rejects.toMatchObject({
      code: 'copy-missing',
    });
  });

  it('ends at once with the reason when it is aborted, and the thread is free again', async () => {
    const { threads, living } = watchedThreads();
    const abort = new AbortController();
    const hashing = hashFile(hollow(64 * 1024 * MIB), abort.signal, threads);
    setTimeout(() => abort.abort(new Error('no more')), 100);
    await expect(hashing).rejects.toThrow('no more');
    await expect(hashFile(hollow(64 * 1024 * MIB), abort.signal, threads)).rejects.toThrow('no more');
    await untilTrue(() => living() === 0);
  });

  it('fails when the thread dies, and the next file has a new one', async () => {
    const { threads, workers } = watchedThreads();
    const hashing = hashFile(hollow(64 * 1024 * MIB), never, threads);
    setTimeout(() => void workers[0]?.terminate(), 100);
    await expect(hashing).rejects.toMatchObject({
      code: 'internal',
      detail: expect.stringContaining('a thread that hashes ended'),
    });
    expect((await hashFile(hollow(5 * MIB), never, threads)).sizeBytes).toBe(5 * MIB);
  });
});
