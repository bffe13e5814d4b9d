import type { Destination } from '../destinations/destination.js';

/**
 * The text of a small object: a marker, a manifest.
 * @returns null when it has more than `mostBytes`; then no more than that was read
 * @throws copy-missing
 */
export async function readSmall(
  destination: Destination,
  key: string,
  mostBytes: number,
  signal: AbortSignal,
): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of (await destination.open(key, signal)) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
