import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { BackupFailure } from '../core/failure.js';
import { fileThreads } from '../core/hash-threads.js';
import type { Answer, HashThreads } from '../core/hash-threads.js';
import type { HashedBytes } from './hash-stream.js';

const CHUNK_BYTES = 1024 * 1024;

/** From this size on a file is hashed by a thread: below, asking it costs more than hashing. */
const LARGE_BYTES = 4 * 1024 * 1024;

/**
 * Counts and hashes a file to its end.
 * @throws a system error; the reason of `signal`; internal when the thread that hashes it is lost
 */
export async function hashFile(
  path: string,
  signal: AbortSignal,
  threads: HashThreads = fileThreads,
): Promise<HashedBytes> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < LARGE_BYTES) return await hashHere(file, size, signal);
  } finally {
    await file.close();
  }
  return hashInThread(path, signal, threads);
}

/** Two buffers take turns: one is filled while the other is hashed, and none is made anew. */
async function hashHere(file: FileHandle, size: number, signal: AbortSignal): Promise<HashedBytes> {
  const length = Math.max(1, Math.min(CHUNK_BYTES, size));
  const buffers = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)] as const;
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let reading = file.read(buffers[0], 0, length, 0);
  for (;;) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) break;
    sizeBytes += bytesRead;
    const next = buffer === buffers[0] ? buffers[1] : buffers[0];
    reading = file.read(next, 0, length, sizeBytes);
    // Left alone when the signal ends the loop below.
    reading.catch(() => undefined);
    hash.update(buffer.subarray(0, bytesRead));
    if (signal.aborted) {
      await reading.catch(() => undefined);
      signal.throwIfAborted();
    }
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

async function hashInThread(path: string, signal: AbortSignal, threads: HashThreads): Promise<HashedBytes> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const answer = new Promise<Answer>((resolve, reject) => {
    const tell = threads.take({ answered: resolve, lost: reject });
    tell({ kind: 'file', path });
    stop = () => {
      tell({ kind: 'stop' });
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return resultOf(await answer);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function resultOf(answer: Answer): HashedBytes {
  if (answer.kind === 'file') return { sizeBytes: answer.sizeBytes, sha256: answer.sha256 };
  if (answer.kind === 'failed') throw Object.assign(new Error(answer.message), { code: answer.code });
  throw new BackupFailure('internal', { detail: `a thread that hashes answered ${answer.kind}` });
}
