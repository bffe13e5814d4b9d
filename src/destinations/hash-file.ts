import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { HashedBytes } from './hash-stream.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Counts and hashes a file to its end. Two buffers take turns: one is filled while the other is hashed, and none is made anew.
 * @throws a system error; the reason of `signal`
 */
export async function hashFile(path: string, signal: AbortSignal): Promise<HashedBytes> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
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
  } finally {
    await file.close();
  }
}
