import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { untilTrue, watchedThreads } from '../core/hash-threads.fixture.js';
import { MemoryDestination } from '../destinations/memory.destination.js';
import { sendToAll } from './send-to-all.js';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

/** Two destinations, one of which computes a hash of its own. */
function bed() {
  const uploads = [null, 'md5' as const].map((nativeHash, nth) => {
    const destination = new MemoryDestination({ name: `memory-${nth}`, nativeHash });
    return { destination, key: 'app/export.partial' };
  });
  return { uploads, stored: () => uploads.map(({ destination }) => [...destination.objects.values()]) };
}

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('sendToAll', () => {
  it.each([0, 100_000, 20 * MIB + 3])('sends %i bytes to all, and hashes them once', async (sizeBytes) => {
    const { uploads, stored } = bed();
    const { threads, workers, living } = watchedThreads();
    const bytes = randomBytes(sizeBytes);
    const source = Readable.from(chunksOf(bytes, 65_536), { objectMode: false });
    let checked = false;
    const { sent, head } = await sendToAll(source, uploads, () => (checked = true), () => undefined, never, threads);
    const [sha256, md5] = ['sha256', 'md5'].map((name) => createHash(name).update(bytes).digest('hex'));
    expect(sent).toEqual({ sizeBytes, hashes: { sha256, md5 } });
    expect([checked, head.equals(bytes.subarray(0, head.length))]).toEqual([true, true]);
    expect(stored().map((objects) => objects[0]?.equals(bytes))).toEqual([true, true]);
    expect(workers).toHaveLength(sizeBytes > MIB ? 1 : 0);
    await untilTrue(() => living() === 0);
  }); // prettier-ignore

  it.each([1, 5, 17])('stores nothing when the thread that hashes dies after %i MiB', async (after) => {
    const { uploads, stored } = bed();
    const { threads, workers } = watchedThreads();
    const source = Readable.from(chunksOf(randomBytes(32 * MIB), 65_536), { objectMode: false });
    let checked = false;
    let sentBytes = 0;
    const onBytes = (count: number): void => {
      sentBytes += count;
      if (sentBytes >= after * MIB) for (const worker of workers) void worker.terminate();
    };
    const sending = sendToAll(source, uploads, () => (checked = true), onBytes, never, threads);
    await expect(sending).rejects.toMatchObject({ code: 'internal' });
    expect({ checked, isGone: source.destroyed, stored: stored() }).toEqual({
      checked: false,
      isGone: true,
      stored: [[], []],
    });
  });

  it('lets the thread go when the source breaks, the check refuses, or a person cancels', async () => {
    const { threads, living } = watchedThreads();
    const whole = (): Readable => Readable.from(chunksOf(randomBytes(8 * MIB), 65_536), { objectMode: false });
    const breaking = whole();
    const cancel = new AbortController();
    const nothing = (): void => undefined;
    const refuse = (): void => {
      throw new Error('refused');
    };
    const endings = [
      sendToAll(breaking, bed().uploads, nothing, () => breaking.destroy(new Error('broke')), never, threads),
      sendToAll(whole(), bed().uploads, refuse, nothing, never, threads),
      sendToAll(whole(), bed().uploads, nothing, () => cancel.abort(new Error('cancelled')), cancel.signal, threads),
    ];
    const said = (await Promise.allSettled(endings)).map((ending) =>
      ending.status === 'rejected' ? (ending.reason as Error).message : 'went through',
    );
    expect(said).toEqual(['broke', 'refused', 'cancelled']);
    await untilTrue(() => living() === 0);
  }); // prettier-ignore
});
