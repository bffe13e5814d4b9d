import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import { MIB, never, breakingAfter } from './contract-parts.contract.js';
import type { Destination } from './destination.js';

/** How the suite stores, reads and waits for a failure. */
export interface Ways {
  save: (key: string, bytes: Buffer) => Promise<void>;
  read: (key: string) => Promise<Buffer>;
  failure: (work: Promise<unknown>) => Promise<unknown>;
}

/** What a destination must do when several things happen at once. */
export function manyAtOnce(at: () => Destination, { save, read, failure }: Ways): void {
  it('two stores at once do not mix, and one that fails does not harm the other', async () => {
    const [a, b] = [randomBytes(4 * MIB), randomBytes(4 * MIB)];
    const broken = at().store('parallel/broken', breakingAfter(randomBytes(MIB), new Error('died')), never());
    await Promise.all([save('parallel/a', a), save('parallel/b', b), failure(broken)]);
    expect((await read('parallel/a')).equals(a)).toBe(true);
    expect((await read('parallel/b')).equals(b)).toBe(true);
    expect(await at().list('parallel')).toHaveLength(2);
  }, 60_000);

  it('of two stores of one name, one wins and is whole', async () => {
    const bytes = randomBytes(MIB);
    const results = await Promise.allSettled([save('parallel/same', bytes), save('parallel/same', bytes)]);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect((await read('parallel/same')).equals(bytes)).toBe(true);
  }, 30_000);

  it('a hundred small objects are all there', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `many/o_${index}`);
    for (let at = 0; at < keys.length; at += 4)
      await Promise.all(keys.slice(at, at + 4).map((key) => save(key, Buffer.from(key))));
    expect((await at().list('many')).map(({ key }) => key).sort()).toEqual([...keys].sort());
  }, 120_000);

  it('reading can be cancelled', async () => {
    await save('cancel/read', randomBytes(9 * MIB));
    const controller = new AbortController();
    const bytes = await at().open('cancel/read', controller.signal);
    controller.abort(new BackupFailure('cancelled'));
    await expect(buffer(bytes)).rejects.toBeDefined();
  }, 30_000);

  it('hashing what is stored can be cancelled', async () => {
    await save('cancel/digest', randomBytes(9 * MIB));
    const controller = new AbortController();
    const digest = at().digest('cancel/digest', controller.signal);
    controller.abort(new BackupFailure('cancelled'));
    await expect(digest).rejects.toMatchObject({ code: 'cancelled' });
  }, 30_000);
}
