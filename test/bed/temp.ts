import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onEnd } from './cleaning.js';
import type { Undo } from './cleaning.js';

export interface TempDir {
  path: string;
  remove: Undo;
}

/** A folder that goes away with this process at the latest. Short names: unix sockets allow 108 characters. */
export async function tempDir(stem = 'bo'): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), `${stem}-`));
  return { path, remove: await onEnd({ remove: path }) };
}

/** @returns a name part that no other run of the bed uses */
export function uniqueId(): string {
  return randomBytes(4).toString('hex');
}

/** @returns a TCP port of `127.0.0.1` that was free a moment ago */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Asks again every `everyMs` until `probe` gives something else than undefined. @throws after `timeoutMs`, naming `what` */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  timeoutMs = 30_000,
  everyMs = 50,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  } while (performance.now() < deadline);
  throw new Error(`${what}: not within ${timeoutMs / 1000} s`, { cause: last });
}
