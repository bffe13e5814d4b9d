import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import type { Destination } from './destination.js';
import {
  KIB,
  MIB,
  never,
  HOSTILE,
  WEIRD,
  sentOf,
  inChunks,
  breakingAfter,
  slices,
} from './contract-parts.contract.js';
import { killedUploads } from './killed-uploads.contract.js';
import { manyAtOnce } from './many-at-once.contract.js';
import type { ContractSubject } from './contract-parts.contract.js';

/** What every destination must do. */
export function describeDestination(name: string, make: () => Promise<ContractSubject>): void {
  describe(`destination: ${name}`, () => {
    let subject: ContractSubject | undefined;
    let to: Destination;
    beforeAll(async () => {
      subject = await make();
      to = subject.destination;
    }, 60_000);
    afterAll(async () => subject?.close());

    const failure = async (promise: Promise<unknown>): Promise<BackupFailure> => {
      const error: unknown = await promise.then(
        () => 'it succeeded',
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(BackupFailure);
      return error as BackupFailure;
    };
    const read = async (key: string): Promise<Buffer> => buffer(await to.open(key, never()));
    const save = async (key: string, bytes: Buffer): Promise<void> => to.store(key, inChunks(bytes), never());

    it.each([0, 1, 99 * KIB, 100 * KIB, 101 * KIB, 9 * MIB + 7])(
      'a stored object of %i bytes is read back and verified',
      async (size) => {
        const bytes = randomBytes(size);
        const key = `sizes/s_${size}.dump`;
        await save(key, bytes);
        expect(await to.stat(key)).toEqual({ key, sizeBytes: size });
        expect((await read(key)).equals(bytes)).toBe(true);
        const { hashes } = sentOf(bytes);
        expect(await to.digest(key, never())).toEqual({ sizeBytes: size, sha256: hashes.sha256 });
        const proof = await to.verify(key, sentOf(bytes), never());
        expect(proof.sizeBytes).toBe(size);
        expect(proof.readBack || proof.reported !== null).toBe(true);
        await to.settle([key]);
      },
      60_000,
    );

    it.each([
      ['0 B', 0],
      ['50 KiB', 50 * KIB],
      ['99 KiB', 99 * KIB],
      ['7 MiB', 7 * MIB],
    ])(
      'a source that fails after %s leaves nothing, and its own failure is told',
      async (_, size) => {
        const key = `aborted/failed_${size}.partial`;
        const cause = new BackupFailure('export-broken', { detail: 'the app died' });
        expect((await failure(to.store(key, breakingAfter(randomBytes(size), cause), never()))).detail).toBe(
          'the app died',
        );
        expect(await to.stat(key)).toBeNull();
        expect(await to.list('aborted')).toEqual([]);
      },
      60_000,
    );

    it.each([0, 50 * KIB, 7 * MIB])(
      'a source that is destroyed after %i bytes without an error leaves nothing',
      async (size) => {
        const key = `aborted/destroyed_${size}.partial`;
        expect((await failure(to.store(key, breakingAfter(randomBytes(size), null), never()))).code).toBe(
          'export-broken',
        );
        expect(await to.stat(key)).toBeNull();
      },
      60_000,
    );

    it('a source that fails after its last byte, before its end, leaves nothing', async () => {
      const bytes = randomBytes(300 * KIB);
      const key = 'aborted/last.partial';
      const body = Readable.from(
        (function* () {
          yield* slices(bytes, 64 * KIB);
          throw new Error('checksum differs');
        })(),
        { objectMode: false },
      );
      expect((await failure(to.store(key, body, never()))).code).toBe('export-broken');
      expect(await to.stat(key)).toBeNull();
    }, 60_000);

    it.each([0, 50 * KIB, 7 * MIB])(
      'a run that is cancelled after %i bytes leaves nothing',
      async (size) => {
        const key = `aborted/cancelled_${size}.partial`;
        const controller = new AbortController();
        setTimeout(() => controller.abort(new BackupFailure('run-timeout')), 80);
        const body = new Readable({ read: () => undefined });
        if (size > 0) body.push(randomBytes(size));
        expect((await failure(to.store(key, body, controller.signal))).code).toBe('run-timeout');
        expect(body.destroyed).toBe(true);
        expect(await to.stat(key)).toBeNull();
      },
      60_000,
    );

    it('a run that was cancelled before stores nothing', async () => {
      expect(
        (await failure(to.store('aborted/never', inChunks(randomBytes(10)), AbortSignal.abort()))).code,
      ).toBe('cancelled');
      expect(await to.stat('aborted/never')).toBeNull();
    });

    it('an object is never stored over another', async () => {
      const first = randomBytes(3000);
      await save('taken/a', first);
      expect((await failure(save('taken/a', randomBytes(10)))).code).toBe('object-exists');
      expect((await failure(to.put('taken/a', Buffer.from('x')))).code).toBe('object-exists');
      expect((await read('taken/a')).equals(first)).toBe(true);
    });

    it('a rename moves the bytes, refuses a taken name, and tells of a missing source', async () => {
      const [a, b] = [randomBytes(200 * KIB), randomBytes(20)];
      await save('renamed/a.partial', a);
      await to.rename('renamed/a.partial', 'renamed/a');
      expect(await to.stat('renamed/a.partial')).toBeNull();
      expect((await read('renamed/a')).equals(a)).toBe(true);
      await save('renamed/b', b);
      expect((await failure(to.rename('renamed/b', 'renamed/a'))).code).toBe('object-exists');
      expect((await read('renamed/a')).equals(a)).toBe(true);
      expect((await read('renamed/b')).equals(b)).toBe(true);
      expect((await failure(to.rename('renamed/none', 'renamed/c'))).code).toBe('copy-missing');
    }, 30_000);

    it('a small object is put whole and leaves no partial beside it', async () => {
      await to.put('put/x.manifest.json', Buffer.from('{"a":1}'));
      await to.put('root.json', Buffer.from('{}'));
      expect((await read('put/x.manifest.json')).toString()).toBe('{"a":1}');
      expect(await to.list('put')).toEqual([{ key: 'put/x.manifest.json', sizeBytes: 7 }]);
      expect((await to.list('')).map(({ key }) => key)).toContain('root.json');
    }, 30_000);

    it.each([
      [
        'one byte is changed',
        (bytes: Buffer) => {
          bytes[1000] = (bytes[1000] ?? 0) ^ 1;
          return bytes;
        },
      ],
      ['the last byte is missing', (bytes: Buffer) => bytes.subarray(0, -1)],
      ['it was emptied', () => Buffer.alloc(0)],
    ])(
      'verify fails when %s',
      async (what, change) => {
        const bytes = randomBytes(150 * KIB);
        const key = `tampered/${createHash('md5').update(what).digest('hex')}`;
        await save(key, bytes);
        await to.verify(key, sentOf(bytes), never());
        await subject?.tamper(key, change);
        expect((await failure(to.verify(key, sentOf(bytes), never()))).code).toBe('verify-mismatch');
      },
      30_000,
    );

    it('verify fails when nothing is there', async () => {
      expect((await failure(to.verify('tampered/none', sentOf(Buffer.from('x')), never()))).code).toBe(
        'verify-mismatch',
      );
    });

    it('what is missing is told as such', async () => {
      expect(await to.stat('nowhere/none')).toBeNull();
      expect(await to.list('nowhere/at/all')).toEqual([]);
      expect(await to.folders('nowhere')).toEqual([]);
      expect((await failure(to.open('nowhere/none', never()))).code).toBe('copy-missing');
      expect((await failure(to.digest('nowhere/none', never()))).code).toBe('copy-missing');
    });

    it('an object is removed, and removing it again is fine', async () => {
      await save('removed/a', randomBytes(10));
      await save('removed/b', randomBytes(10));
      await to.remove('removed/a');
      await to.remove('removed/a');
      await to.remove('nowhere/none');
      expect((await to.list('removed')).map(({ key }) => key)).toEqual(['removed/b']);
    }, 30_000);

    it('a folder is not an object', async () => {
      await save('folders/one/a', randomBytes(5));
      await save('folders/two/b', randomBytes(5));
      expect((await to.folders('folders')).sort()).toEqual(['one', 'two']);
      expect(await to.list('folders')).toEqual([]);
      expect(await to.stat('folders/one')).toBeNull();
    });

    it.each(WEIRD)(
      'the name %s is kept as it is',
      async (key) => {
        const bytes = randomBytes(50);
        await save(key, bytes);
        expect((await read(key)).equals(bytes)).toBe(true);
        expect((await to.list(key.slice(0, key.lastIndexOf('/')))).map((found) => found.key)).toContain(key);
        await to.rename(key, `${key}2`);
        await to.remove(`${key}2`);
        expect(await to.stat(key)).toBeNull();
      },
      30_000,
    );

    it.each(HOSTILE)('the name %j is refused', async (key) => {
      for (const call of [
        () => to.stat(key),
        () => to.remove(key),
        () => to.open(key, never()),
        () => to.digest(key, never()),
        () => to.put(key, Buffer.from('x')),
        () => save(key, Buffer.from('x')),
        () => to.rename('put/x.manifest.json', key),
        () => to.settle([key]),
      ]) {
        expect((await failure(call())).detail).toContain('refused the object name');
      }
    });

    killedUploads(() => to);
    manyAtOnce(() => to, { save, read, failure });
  });
}
