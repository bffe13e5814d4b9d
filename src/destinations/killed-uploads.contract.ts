import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import { KIB, inChunks, sentOf, slices } from './contract-parts.contract.js';
import type { Destination } from './destination.js';

const SIZE = 6 * 1024 * KIB;
const POINTS = Array.from({ length: 10 }, (_, nth) => Math.floor((SIZE * nth) / 9));

/** What breaks the upload once that many bytes were taken from the source. */
type End = 'source fails' | 'run is cancelled' | 'source is gone';
const ENDS: readonly End[] = ['source fails', 'run is cancelled', 'source is gone'];

/** An upload that is killed at ten points of its way, in three ways, leaves nothing visible and does not hinder the next. */
export function killedUploads(to: () => Destination): void {
  it('an upload that is killed at any of 10 points leaves nothing visible, and the next one is whole', async () => {
    const bytes = randomBytes(SIZE);
    for (const [nth, point] of POINTS.entries()) {
      const end = ENDS[nth % ENDS.length] ?? 'source fails';
      const key = `killed/at_${point}`;
      const partial = to().commit === 'rename' ? `${key}.partial` : key;
      const cancel = new AbortController();
      const body = breakingAt(bytes.subarray(0, point), end, cancel);
      const failed: unknown = await to().store(partial, body, cancel.signal).then(() => 'stored', (error: unknown) => error);
      expect({ point, end, failed }).toEqual({ point, end, failed: expect.any(BackupFailure) });
      expect({ point, end, left: await to().list('killed') }).toEqual({ point, end, left: [] });
      expect([await to().stat(partial), await to().stat(key)]).toEqual([null, null]);
    }
    await to().store('killed/whole', inChunks(bytes), new AbortController().signal);
    expect((await to().verify('killed/whole', sentOf(bytes), new AbortController().signal)).sizeBytes).toBe(SIZE);
    await to().remove('killed/whole');
  }, 120_000); // prettier-ignore
}

function breakingAt(bytes: Buffer, end: End, cancel: AbortController): Readable {
  const parts = [...slices(bytes, 64 * KIB)];
  const body: Readable = new Readable({
    read() {
      const part = parts.shift();
      if (part !== undefined) this.push(part);
      // What was pushed is on its way by then.
      else setTimeout(() => breakOff(body, end, cancel), 20);
    },
  });
  return body;
}

function breakOff(body: Readable, end: End, cancel: AbortController): void {
  if (end === 'run is cancelled') cancel.abort(new BackupFailure('cancelled'));
  else if (end === 'source is gone') body.destroy();
  else body.destroy(new BackupFailure('export-broken', { detail: 'the app died' }));
}
