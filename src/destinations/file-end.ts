import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { EarlySync } from './early-sync.js';

/** What comes while a write is under way is gathered up to this, and written with the next one. */
const GATHER_BYTES = 1024 * 1024;

/** Each write wakes a thread, and costs the main one nearly as much as hashing its 64 KiB: so they are few and large. */
export class FileEnd extends Writable {
  /** The write under way. */
  writing: Promise<void> = Promise.resolve();
  diskError: unknown = null;

  constructor(
    private readonly file: Pick<FileHandle, 'writev' | 'datasync'>,
    private readonly early = new EarlySync(file),
  ) {
    super({ highWaterMark: GATHER_BYTES });
  }

  override _final(done: (error?: Error) => void): void {
    this.writing = this.early.underWay().then(
      () => done(),
      (error: unknown) => this.fail(error, done),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.begin([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.begin(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  private begin(chunks: Buffer[], done: (error?: Error) => void): void {
    this.writing = this.writeAll(chunks).then(
      () => done(),
      (error: unknown) => this.fail(error, done),
    );
  }

  private async writeAll(chunks: Buffer[]): Promise<void> {
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    await writeWhole(this.file, chunks);
    this.early.wrote(sizeBytes);
  }

  private fail(error: unknown, done: (error?: Error) => void): void {
    this.diskError = error;
    done(error as Error);
  }
}

/** A disk that is nearly full takes a part, and says why with the next write. */
async function writeWhole(file: Pick<FileHandle, 'writev'>, chunks: Buffer[]): Promise<void> {
  let rest = chunks;
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest);
    const left: Buffer[] = [];
    for (const chunk of rest) {
      if (bytesWritten < chunk.length) left.push(chunk.subarray(bytesWritten));
      bytesWritten = Math.max(0, bytesWritten - chunk.length);
    }
    rest = left;
  }
}
