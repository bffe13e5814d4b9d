import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeDestination } from '../../../src/destinations/destination.contract.js';
import { inChunks, sentOf } from '../../../src/destinations/contract-parts.contract.js';
import { destinationsBed } from '../../../src/destinations/destinations.fixture.js';
import type { DestinationsBed } from '../../../src/destinations/destinations.fixture.js';
import { S3StandIn } from '../../bed/stand-ins/s3.js';

const MIB = 1024 * 1024;
const never = (): AbortSignal => new AbortController().signal;

function orderFor(s3: S3StandIn): Parameters<DestinationsBed['admin']['create']>[0] {
  const options = {
    provider: 'Other',
    endpoint: s3.endpoint,
    region: 'eu-west-1',
    access_key_id: s3.keys.accessKey,
    secret_access_key: s3.keys.secretKey,
  };
  return { name: 'store', type: 's3', options, folder: 'backups/agent' };
}

describeDestination('S3 (strict stand-in), committed directly', async () => {
  const s3 = await S3StandIn.start();
  const bed = await destinationsBed();
  await bed.admin.create(orderFor(s3));
  return {
    destination: await bed.destinations.byName('store'),
    tamper: (key, change) => {
      const stored = s3.objects.get(`backups/agent/${key}`);
      if (stored === undefined) throw new Error(`nothing is stored under ${key}`);
      stored.bytes = change(Buffer.from(stored.bytes));
      return Promise.resolve();
    },
    close: async () => {
      await bed.close();
      await s3.stop();
    },
  };
});

describe('an S3 store', () => {
  let s3: S3StandIn;
  let bed: DestinationsBed;
  beforeEach(async () => {
    s3 = await S3StandIn.start();
    bed = await destinationsBed();
  });
  afterEach(async () => {
    await bed.close();
    await s3.stop();
  });

  it('is saved with its bucket made, and the tried object is gone', async () => {
    await bed.admin.create(orderFor(s3));
    expect([...s3.buckets]).toEqual(['backups']);
    expect([...s3.objects.keys()]).toEqual([]);
    expect(await bed.health.check('store')).toMatchObject({ healthState: 'ok', totalBytes: null });
  });

  it.each([
    ['access_key_id', 'destination-auth'],
    ['secret_access_key', 'destination-auth'],
  ])('a wrong %s is told as credentials and nothing is saved', async (option, code) => {
    const order = orderFor(s3);
    const wrong = { ...order, options: { ...order.options, [option]: 'canary-wrong-one' } };
    const error: unknown = await bed.admin.create(wrong).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('canary');
    expect(await bed.conf.remotes()).toEqual([]);
    expect(await bed.book.all()).toEqual([]);
  });

  it('a key that was withdrawn later needs a person, and a new one heals it', async () => {
    await bed.admin.create(orderFor(s3));
    await bed.health.check('store');
    const old = s3.keys.secretKey;
    s3.keys.secretKey = 'another-secret-of-s3';
    expect(await bed.health.check('store')).toMatchObject({
      healthState: 'needs-authorisation',
      healthCode: 'destination-auth',
    });
    await expect(
      bed.admin.update('store', { options: { secret_access_key: 'wrong-again' } }),
    ).rejects.toMatchObject({ code: 'destination-auth' });
    expect(await bed.conf.section('store')).toMatchObject({ secret_access_key: old });
    await bed.admin.update('store', { options: { secret_access_key: 'another-secret-of-s3' } });
    expect(await bed.health.check('store')).toMatchObject({ healthState: 'ok' });
  }, 60_000);

  it('a part that fails for ever fails the upload and leaves neither object nor parts', async () => {
    await bed.admin.create(orderFor(s3));
    const store = await bed.destinations.byName('store');
    s3.faults.push({ on: 'PUT part', times: 1000, status: 403, code: 'AccessDenied' });
    await expect(store.store('a/x', inChunks(randomBytes(12 * MIB)), never())).rejects.toMatchObject({
      code: 'destination-auth',
    });
    expect([...s3.objects.keys()]).toEqual([]);
    expect(s3.uploads.size).toBe(0);
  }, 60_000);

  it('a part that fails twice is sent again, and the object is whole', async () => {
    await bed.admin.create(orderFor(s3));
    const store = await bed.destinations.byName('store');
    s3.faults.push({ on: 'PUT part', times: 2, status: 503, code: 'SlowDown' });
    const bytes = randomBytes(12 * MIB);
    await store.store('a/x', inChunks(bytes), never());
    expect(await store.verify('a/x', sentOf(bytes), never())).toMatchObject({
      readBack: true,
      reported: null,
    });
  }, 60_000);

  it('a source that breaks in the middle of the parts leaves neither object nor parts', async () => {
    await bed.admin.create(orderFor(s3));
    const store = await bed.destinations.byName('store');
    const body = Readable.from(
      (function* () {
        for (let nth = 0; nth < 12; nth += 1) yield randomBytes(MIB);
        throw new Error('the app died');
      })(),
      { objectMode: false },
    );
    await expect(store.store('a/x', body, never())).rejects.toMatchObject({ code: 'export-broken' });
    expect([...s3.objects.keys()]).toEqual([]);
    expect(s3.uploads.size).toBe(0);
  }, 60_000);

  it('an answer of failure to a completion that took effect leaves nothing that could be taken for a backup', async () => {
    await bed.admin.create(orderFor(s3));
    const store = await bed.destinations.byName('store');
    s3.faults.push({ on: 'POST complete', times: 1, status: 400, code: 'InvalidRequest', afterEffect: true });
    await expect(store.store('a/x', inChunks(randomBytes(12 * MIB)), never())).rejects.toMatchObject({
      code: 'destination-error',
    });
    expect([...s3.objects.keys()]).toEqual([]);
  }, 60_000);

  it('too many requests for ever is told as busy', async () => {
    await bed.admin.create(orderFor(s3));
    s3.faults.push({ on: 'PUT object', times: 1000, status: 503, code: 'SlowDown' });
    expect(await bed.health.check('store')).toMatchObject({
      healthState: 'failing',
      healthCode: 'destination-busy',
    });
  }, 60_000);
});
