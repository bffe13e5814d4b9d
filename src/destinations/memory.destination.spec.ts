import { describe, expect, it } from '@jest/globals';
import { describeDestination } from './destination.contract.js';
import { inChunks, sentOf } from './contract-parts.contract.js';
import { MemoryDestination } from './memory.destination.js';

for (const options of [{}, { nativeHash: 'md5', commit: 'direct' }] as const) {
  describeDestination(`memory ${JSON.stringify(options)}`, async () => {
    const destination = new MemoryDestination(options);
    return {
      destination,
      tamper: async (key, change) =>
        void destination.objects.set(key, change(destination.objects.get(key) ?? Buffer.alloc(0))),
      close: async () => undefined,
    };
  });
}

describe('faults of the memory destination', () => {
  const signal = new AbortController().signal;

  it.each(['truncates', 'corrupts'] as const)(
    'an object that it silently %s is found by verify',
    async (silently) => {
      const destination = new MemoryDestination();
      destination.faults.silently = silently;
      await destination.store('a/b', inChunks(Buffer.from('hello')), signal);
      await expect(destination.verify('a/b', sentOf(Buffer.from('hello')))).rejects.toMatchObject({
        code: 'verify-mismatch',
      });
    },
  );

  it('can be full, keep what was removed, and be away', async () => {
    const destination = new MemoryDestination();
    await destination.put('a/old', Buffer.from('old'));
    destination.faults.capacityBytes = 5;
    await expect(destination.store('a/b', inChunks(Buffer.from('hello')), signal)).rejects.toMatchObject({
      code: 'destination-full',
    });
    expect([...destination.objects.keys()]).toEqual(['a/old']);
    destination.faults.keepsRemoved = true;
    await expect(destination.remove('a/old')).rejects.toMatchObject({ code: 'destination-error' });
    destination.faults.failure = 'destination-unreachable';
    await expect(destination.list('a')).rejects.toMatchObject({ code: 'destination-unreachable' });
  });
});
