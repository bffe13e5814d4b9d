import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { asFailure } from '../core/failure.js';
import type { BackupFailure } from '../core/failure.js';
import type { HashThreads } from '../core/hash-threads.js';
import type { Destination, Sent } from '../destinations/destination.js';
import { Meter } from './meter.js';

export interface Upload {
  destination: Destination;
  /** Where the bytes go until they are proven. */
  key: string;
}

export interface UploadResult<U extends Upload> {
  upload: U;
  failure: BackupFailure | null;
}

const PIPE_BYTES = 1024 * 1024;

/** One branch of the stream: what it is fed with and how its upload ended. */
interface Branch<U extends Upload> {
  upload: U;
  pipe: PassThrough;
  failure: BackupFailure | null;
  ended: Promise<void>;
}

/**
 * Streams one export to all destinations at the pace of the slowest; memory is flat in its size.
 * A destination that fails is left behind and the others go on. The uploads are only ended, so that they become
 * whole at their destinations, after the source has ended properly and `check` has agreed; otherwise all are broken off.
 * @param check throws when what was counted is not what the app declared
 * @throws BackupFailure of the source, of `check`, or of the last destination when none is left; internal when the bytes
 * could not be hashed
 */
export async function sendToAll<U extends Upload>(
  source: Readable,
  uploads: readonly U[],
  check: (sent: Sent) => void,
  onBytes: (count: number) => void,
  signal: AbortSignal,
  threads?: HashThreads,
): Promise<{ sent: Sent; head: Buffer; results: UploadResult<U>[] }> {
  const branches = uploads.map((upload) => branchTo(upload, signal));
  const meter = new Meter(
    uploads.flatMap(({ destination }) => destination.nativeHash ?? []),
    threads,
  );
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      const hashing = meter.update(chunk);
      const feeding = feed(branches, chunk);
      if (hashing !== null || feeding !== null) await Promise.all([hashing, feeding]);
      onBytes(chunk.length);
    }
    signal.throwIfAborted();
    const sent = await meter.result();
    signal.throwIfAborted();
    check(sent);
    for (const branch of branches) branch.pipe.end();
    await Promise.all(branches.map((branch) => branch.ended));
    return {
      sent,
      head: meter.head(),
      results: branches.map(({ upload, failure }) => ({ upload, failure })),
    };
  } catch (error) {
    meter.close();
    source.destroy();
    for (const branch of branches) branch.pipe.destroy(asFailure(error));
    // Nothing may still be writing when the caller looks at what is left.
    await Promise.all(branches.map((branch) => branch.ended));
    throw error;
  }
}

function branchTo<U extends Upload>(upload: U, signal: AbortSignal): Branch<U> {
  const pipe = new PassThrough({ highWaterMark: PIPE_BYTES });
  // The upload reports its own end; an error here is the one that we caused by breaking it off.
  pipe.on('error', () => undefined);
  const branch: Branch<U> = { upload, pipe, failure: null, ended: Promise.resolve() };
  branch.ended = upload.destination.store(upload.key, pipe, signal).catch((error: unknown) => {
    branch.failure = asFailure(error);
    pipe.destroy();
  });
  return branch;
}

/** @returns null when all have room for more, else what to wait for */
function feed<U extends Upload>(branches: readonly Branch<U>[], chunk: Buffer): Promise<unknown> | null {
  let alive = 0;
  const full: PassThrough[] = [];
  for (const { failure, pipe } of branches) {
    if (failure !== null || pipe.destroyed) continue;
    alive += 1;
    if (!pipe.write(chunk)) full.push(pipe);
  }
  if (alive === 0) return noneLeft(branches);
  return full.length === 0 ? null : Promise.all(full.map(roomIn));
}

async function noneLeft<U extends Upload>(branches: readonly Branch<U>[]): Promise<never> {
  await Promise.all(branches.map((branch) => branch.ended));
  throw branches[0]?.failure ?? new Error('there is no destination to send to');
}

/** Its branch says why a pipe was closed. */
function roomIn(pipe: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      pipe.off('drain', goOn).off('close', goOn);
      resolve();
    };
    if (pipe.destroyed) resolve();
    else pipe.on('drain', goOn).on('close', goOn);
  });
}
