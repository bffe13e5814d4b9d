import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { EarlySync } from './early-sync.js';
import { FileEnd } from './file-end.js';

const CHUNK_BYTES = 1024;

/** A file whose disk answers when it is told to. */
class SlowFile {
  written = 0;
  readonly syncs: { resolve: () => void; reject: (error: Error) => void }[] = [];

  writev = (chunks: readonly NodeJS.ArrayBufferView[]) => {
    const bytesWritten = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    this.written += bytesWritten;
    return Promise.resolve({ bytesWritten, buffers: [...chunks] });
  };

  datasync = (): Promise<void> => new Promise((resolve, reject) => void this.syncs.push({ resolve, reject }));
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const eio = (): Error => Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
const endOf = (file: SlowFile): FileEnd => new FileEnd(file as never, new EarlySync(file, 4 * CHUNK_BYTES));

describe('the end of a stream in a file', () => {
  it('has the disk begin with what is large, one at a time in all, and waits for none while it writes', async () => {
    const [one, two] = [new SlowFile(), new SlowFile()];
    const ends = [one, two].map((file) => endOf(file));
    const source = (): Readable => Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(CHUNK_BYTES)));
    const done = ends.map((end) => pipeline(source(), end));
    await soon();
    expect([one.written, two.written]).toEqual([40 * CHUNK_BYTES, 40 * CHUNK_BYTES]);
    expect(one.syncs.length + two.syncs.length).toBe(1);
    [...one.syncs, ...two.syncs].forEach(({ resolve }) => resolve());
    await Promise.all(done);
  });

  it('is not over before the disk has answered, and small files ask it nothing', async () => {
    const small = new SlowFile();
    await pipeline(Readable.from([Buffer.alloc(CHUNK_BYTES)]), endOf(small));
    expect(small.syncs).toHaveLength(0);
    const file = new SlowFile();
    let isOver = false;
    const done = pipeline(Readable.from([Buffer.alloc(8 * CHUNK_BYTES)]), endOf(file)).then(
      () => (isOver = true),
    );
    await soon();
    expect([file.syncs.length, isOver]).toEqual([1, false]);
    file.syncs[0]?.resolve();
    await done;
  });

  it('fails with what the disk said of earlier bytes, at its end and in the middle', async () => {
    const file = new SlowFile();
    const atEnd = pipeline(Readable.from([Buffer.alloc(8 * CHUNK_BYTES)]), endOf(file));
    await soon();
    file.syncs[0]?.reject(eio());
    await expect(atEnd).rejects.toThrow('EIO');

    const [other, endless] = [new SlowFile(), new Readable({ read: () => undefined })];
    const end = endOf(other);
    const inMiddle = pipeline(endless, end);
    endless.push(Buffer.alloc(8 * CHUNK_BYTES));
    await soon();
    other.syncs[0]?.reject(eio());
    await soon();
    endless.push(Buffer.alloc(CHUNK_BYTES));
    await expect(inMiddle).rejects.toThrow('EIO');
    expect(end.diskError).toMatchObject({ code: 'EIO' });
  });
});
