import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Destination, Sent } from './destination.js';

/** A destination under test, and the way to its bytes that does not go through it. */
export interface ContractSubject {
  destination: Destination;
  /** Changes what is stored behind the destination's back. */
  tamper(key: string, change: (bytes: Buffer) => Buffer): Promise<void>;
  close(): Promise<void>;
}

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const never = (): AbortSignal => new AbortController().signal;
export const HOSTILE = [
  '',
  '/etc/x',
  '../x',
  'a/../../x',
  'a//b',
  './a',
  '-rf',
  'f/-x',
  'x:y',
  ':local:/tmp/x',
  'a\nb',
  'a\0b',
  'a\\b',
  'a"b',
  ' a',
  'a/',
];
export const WEIRD = [
  'weird/with blank.sql',
  "weird/it's.dump",
  'weird/100%.gz',
  'weird/a+b=c&d.tar',
  'weird/a#b@c.dump',
  'weird/[x](1),~!.dump',
  'weird/ñandú.sql',
  'weird/a.b/..c/d',
  `weird/${'n'.repeat(200)}`,
];

export function sentOf(bytes: Buffer): Sent {
  const hashes = Object.fromEntries(
    (['md5', 'sha1', 'sha256'] as const).map((name) => [name, createHash(name).update(bytes).digest('hex')]),
  );
  return { sizeBytes: bytes.length, hashes: { sha256: '', ...hashes } };
}

export function inChunks(bytes: Buffer, size = 64 * KIB): Readable {
  return Readable.from(slices(bytes, size), { objectMode: false });
}

export function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Gives `bytes`, then breaks instead of ending. */
export function breakingAfter(bytes: Buffer, error: Error | null): Readable {
  const body = new Readable({ read: () => undefined });
  if (bytes.length > 0) body.push(bytes);
  setTimeout(() => (error === null ? body.destroy() : body.destroy(error)), 60);
  return body;
}
