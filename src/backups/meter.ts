import { BackupFailure } from '../core/failure.js';
import type { HashThreads } from '../core/hash-threads.js';
import { StreamHasher } from '../core/stream-hasher.js';
import type { HashName, Sent } from '../destinations/destination.js';
import { HEAD_BYTES } from './check-format.js';
import type { Declared } from '../exporters/exporter.js';

/** Counts and hashes an export on its way through; keeps none of it. */
export class Meter {
  private sizeBytes = 0;
  private readonly beginning: Buffer[] = [];
  private readonly names: readonly HashName[];
  private readonly hasher: StreamHasher;

  /** @param also hashes that destinations compute themselves; sha256 is always there */
  constructor(also: readonly HashName[], threads?: HashThreads) {
    this.names = [...new Set<HashName>(['sha256', ...also])];
    this.hasher = new StreamHasher(this.names, threads);
  }

  /** @returns null when the next chunk may come, else what to wait for. @throws internal when it cannot be hashed */
  update(chunk: Buffer): Promise<void> | null {
    if (this.sizeBytes < HEAD_BYTES) this.beginning.push(Buffer.from(chunk.subarray(0, HEAD_BYTES)));
    this.sizeBytes += chunk.length;
    return this.hasher.update(chunk);
  }

  /** Bytes so far. */
  get size(): number {
    return this.sizeBytes;
  }

  /** The first bytes, for a look at the format. */
  head(): Buffer {
    return Buffer.concat(this.beginning).subarray(0, HEAD_BYTES);
  }

  /** To be asked once, at the end. @throws internal when it could not be hashed */
  async result(): Promise<Sent> {
    const digests = await this.hasher.digest();
    const [sha256 = ''] = digests;
    const hashes = Object.fromEntries(this.names.map((name, nth) => [name, digests[nth] ?? '']));
    return { sizeBytes: this.sizeBytes, hashes: { ...hashes, sha256 } };
  }

  /** When the rest does not count any more. */
  close(): void {
    this.hasher.close();
  }
}

/**
 * Holds what was counted against what the app declared.
 * @param minSizeBytes what a person expects at least; null = nothing
 * @throws size-mismatch, checksum-mismatch, export-empty, export-too-small
 */
export function compareWithDeclared(sent: Sent, declared: Declared, minSizeBytes: number | null): void {
  if (declared.sizeBytes !== undefined && declared.sizeBytes !== sent.sizeBytes) {
    throw new BackupFailure('size-mismatch', {
      detail: `declared ${declared.sizeBytes}, received ${sent.sizeBytes} bytes`,
    });
  }
  if (sent.sizeBytes === 0 && declared.sizeBytes !== 0) throw new BackupFailure('export-empty');
  if (declared.sha256 !== undefined && declared.sha256 !== sent.hashes.sha256) {
    throw new BackupFailure('checksum-mismatch', {
      detail: `declared ${declared.sha256}, received ${sent.hashes.sha256}`,
    });
  }
  if (minSizeBytes !== null && sent.sizeBytes < minSizeBytes) {
    throw new BackupFailure('export-too-small', {
      detail: `${sent.sizeBytes} bytes, at least ${minSizeBytes} expected`,
    });
  }
}
