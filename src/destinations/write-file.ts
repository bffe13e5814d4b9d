import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupFailure, messageOf } from '../core/failure.js';
import { abortFailure, unlessAborted } from './abort-failure.js';
import { atMost } from './at-most.js';

/** How long a disk may take to let go of what it is writing when the upload is broken off. */
const LET_GO_MS = 15_000;

/** What comes while a write is under way is gathered up to this, and written with the next one. */
const GATHER_BYTES = 1024 * 1024;

/**
 * Writes `body` to a new file. The next chunks are counted and hashed elsewhere while some are written.
 * When it fails, nothing is left under `path`, and nothing writes there any more, unless the disk itself hangs.
 * @throws the failure of `body` or of `signal`; else a system error of the disk
 */
export async function writeNewFile(path: string, body: Readable, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await writeAll(file, body, signal);
    await file.close();
  } catch (error) {
    await atMost(LET_GO_MS, file.close());
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeAll(file: FileHandle, body: Readable, signal: AbortSignal): Promise<void> {
  const into = new FileEnd(file);
  try {
    await unlessAborted(pipeline(body, into), signal);
  } catch (error) {
    body.destroy(signal.aborted ? abortFailure(signal) : undefined);
    await atMost(LET_GO_MS, into.writing);
    // What the source throws can be told from what the disk says.
    if (error instanceof BackupFailure || error === into.diskError) throw error;
    throw new BackupFailure('export-broken', { detail: messageOf(error) }, { cause: error });
  }
}

/** Each write wakes a thread, and costs the main one nearly as much as hashing its 64 KiB: so they are few and large. */
class FileEnd extends Writable {
  /** The write under way. */
  writing: Promise<void> = Promise.resolve();
  diskError: unknown = null;

  constructor(private readonly file: FileHandle) {
    super({ highWaterMark: GATHER_BYTES });
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
    this.writing = writeWhole(this.file, chunks).then(
      () => done(),
      (error: unknown) => {
        this.diskError = error;
        done(error as Error);
      },
    );
  }
}

/** A disk that is nearly full takes a part, and says why with the next write. */
async function writeWhole(file: FileHandle, chunks: Buffer[]): Promise<void> {
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
