import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

export interface HashedBytes {
  sizeBytes: number;
  sha256: string;
}

/** Counts and hashes a stream to its end. */
export async function hashStream(bytes: Readable): Promise<HashedBytes> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
