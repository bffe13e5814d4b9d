import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { BackupFailure, asFailure } from '../core/failure.js';
import type { FailureCode } from '../core/failure.js';
import { abortFailure } from './abort-failure.js';
import { Destination } from './destination.js';
import type { HashName, Sent, StoredObject, Verified } from './destination.js';
import { checkFolder, splitKey } from './object-key.js';

export interface MemoryOptions {
  name?: string;
  commit?: 'rename' | 'direct';
  nativeHash?: HashName | null;
}

/** What a spec can make it do wrong. */
export interface MemoryFaults {
  /** Every call fails so. */
  failure: FailureCode | null;
  /** Storing fails with `destination-full` beyond this many bytes in all. */
  capacityBytes: number;
  /** What is stored lies there without its last byte, or with one byte changed, and nobody says so. */
  silently: 'truncates' | 'corrupts' | null;
  /** Deleting says that it worked, and the object stays. */
  keepsRemoved: boolean;
}

/** A destination of objects in memory, for specs. */
export class MemoryDestination extends Destination {
  readonly name: string;
  readonly commit: 'rename' | 'direct';
  readonly nativeHash: HashName | null;
  readonly objects = new Map<string, Buffer>();
  readonly faults: MemoryFaults = {
    failure: null,
    capacityBytes: Infinity,
    silently: null,
    keepsRemoved: false,
  };
  /** Keys that were forced to stable storage. */
  readonly settled: string[] = [];
  private readonly taken = new Set<string>();

  constructor({ name = 'memory', commit = 'rename', nativeHash = null }: MemoryOptions = {}) {
    super();
    this.name = name;
    this.commit = commit;
    this.nativeHash = nativeHash;
  }

  async store(key: string, body: Readable, signal: AbortSignal): Promise<void> {
    body.on('error', () => undefined);
    const onAbort = (): unknown => body.destroy(abortFailure(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    let reserved = false;
    try {
      await this.reserve(key);
      reserved = true;
      if (signal.aborted) throw abortFailure(signal);
      this.objects.set(key, this.spoil(await this.collect(body)));
    } catch (error) {
      body.destroy();
      throw error instanceof BackupFailure
        ? error
        : new BackupFailure('export-broken', { detail: asFailure(error).detail }, { cause: error });
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (reserved) this.taken.delete(key);
    }
  }

  async verify(key: string, sent: Sent): Promise<Verified> {
    const bytes = await this.read(key);
    if (bytes?.length !== sent.sizeBytes)
      throw new BackupFailure('verify-mismatch', { detail: `${bytes?.length ?? 'no'} bytes are stored` });
    const name = this.nativeHash ?? 'sha256';
    const value = createHash(name).update(bytes).digest('hex');
    if ((sent.hashes[name] ?? value) !== value)
      throw new BackupFailure('verify-mismatch', { detail: `${name} ${value}` });
    if (this.nativeHash !== null)
      return { level: 'hash', sizeBytes: bytes.length, reported: { name, value }, readBack: false };
    return { level: 'read-back', sizeBytes: bytes.length, reported: null, readBack: true };
  }

  async rename(from: string, to: string): Promise<void> {
    const bytes = await this.read(from);
    await this.reserve(to);
    this.taken.delete(to);
    if (bytes === null) throw new BackupFailure('copy-missing', { detail: from });
    this.objects.delete(from);
    this.objects.set(to, bytes);
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    await this.store(key, Readable.from([bytes], { objectMode: false }), new AbortController().signal);
  }

  async settle(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if ((await this.read(key)) === null) throw new BackupFailure('copy-missing', { detail: key });
      this.settled.push(key);
    }
  }

  async stat(key: string): Promise<StoredObject | null> {
    const bytes = await this.read(key);
    return bytes === null ? null : { key, sizeBytes: bytes.length };
  }

  async list(folder: string): Promise<StoredObject[]> {
    return (await this.below(folder))
      .filter(([rest]) => !rest.includes('/'))
      .map(([, key, bytes]) => ({ key, sizeBytes: bytes.length }));
  }

  async folders(folder: string): Promise<string[]> {
    const names = (await this.below(folder))
      .filter(([rest]) => rest.includes('/'))
      .map(([rest]) => rest.slice(0, rest.indexOf('/')));
    return [...new Set(names)];
  }

  async open(key: string, signal: AbortSignal): Promise<Readable> {
    const bytes = await this.read(key);
    if (signal.aborted) throw abortFailure(signal);
    if (bytes === null) throw new BackupFailure('copy-missing', { detail: key });
    return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false, signal });
  }

  async remove(key: string): Promise<void> {
    if ((await this.read(key)) === null) return;
    if (this.faults.keepsRemoved)
      throw new BackupFailure('destination-error', { detail: `${key} is still there after it was deleted` });
    this.objects.delete(key);
  }

  private async collect(body: Readable): Promise<Buffer> {
    const used = [...this.objects.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    const chunks: Buffer[] = [];
    let size = used;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > this.faults.capacityBytes) throw new BackupFailure('destination-full');
      chunks.push(Buffer.from(chunk));
    }
    return Buffer.concat(chunks);
  }

  private spoil(bytes: Buffer): Buffer {
    if (this.faults.silently === 'truncates') return bytes.subarray(0, -1);
    if (this.faults.silently === 'corrupts' && bytes.length > 0) bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
    return bytes;
  }

  private async reserve(key: string): Promise<void> {
    if ((await this.read(key)) !== null || this.taken.has(key))
      throw new BackupFailure('object-exists', { detail: key });
    this.taken.add(key);
  }

  private async below(folder: string): Promise<[rest: string, key: string, bytes: Buffer][]> {
    await this.answer();
    const prefix = folder === '' ? '' : `${checkFolder(folder)}/`;
    return [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, bytes]) => [key.slice(prefix.length), key, bytes]);
  }

  private async read(key: string): Promise<Buffer | null> {
    splitKey(key);
    await this.answer();
    return this.objects.get(key) ?? null;
  }

  /** As far away as a real one: nothing is answered in the same turn. */
  private async answer(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.faults.failure !== null) throw new BackupFailure(this.faults.failure);
  }
}
