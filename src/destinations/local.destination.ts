import type { Readable } from 'node:stream';
import { BackupFailure, asFailure } from '../core/failure.js';
import { abortFailure } from './abort-failure.js';
import type { Sent, StoredObject, Verified } from './destination.js';
import type { HashedBytes } from './hash-stream.js';
import type { LocalFiles } from './local-files.js';
import { checkFolder, splitKey } from './object-key.js';
import { ReservingDestination } from './reserving.destination.js';
import { compareReadBack, compareSize } from './verify-mismatch.js';

/**
 * A folder of this machine: configured through rclone like any other, but its bytes go straight to the file.
 * See docs/adr/0007-local-folders-without-rclone.md.
 */
export class LocalDestination extends ReservingDestination {
  readonly commit = 'rename';
  /** Reading back proves more. */
  readonly nativeHash = null;

  constructor(
    readonly name: string,
    private readonly files: LocalFiles,
  ) {
    super();
  }

  async verify(key: string, sent: Sent, signal: AbortSignal): Promise<Verified> {
    compareSize(await this.stat(key), sent);
    // The disk writes while we hash what it was given: a copy only counts when both are done.
    const [read] = await Promise.all([this.digest(key, signal), this.files.sync(key)]);
    return compareReadBack(read, sent, null);
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    await this.reserving(key, () => this.files.put(`${key}.partial`, key, bytes));
  }

  async settle(keys: readonly string[]): Promise<void> {
    keys.forEach(splitKey);
    await this.files.settle(keys);
  }

  async stat(key: string): Promise<StoredObject | null> {
    splitKey(key);
    const sizeBytes = await this.files.size(key);
    return sizeBytes === null ? null : { key, sizeBytes };
  }

  list(folder: string): Promise<StoredObject[]> {
    return this.files.list(checkFolder(folder));
  }

  folders(folder: string): Promise<string[]> {
    return this.files.folders(checkFolder(folder));
  }

  async open(key: string, signal: AbortSignal): Promise<Readable> {
    splitKey(key);
    return this.files.open(key, signal);
  }

  override async digest(key: string, signal: AbortSignal): Promise<HashedBytes> {
    splitKey(key);
    try {
      return await this.files.digest(key, signal);
    } catch (error) {
      throw signal.aborted ? abortFailure(signal) : asFailure(error);
    }
  }

  async remove(key: string): Promise<void> {
    splitKey(key);
    await this.files.remove(key);
    if ((await this.stat(key)) !== null)
      throw new BackupFailure('destination-error', { detail: `${key} is still there after it was deleted` });
  }

  protected write(key: string, body: Readable, signal: AbortSignal): Promise<void> {
    return this.files.write(key, body, signal);
  }

  protected move(from: string, to: string): Promise<void> {
    return this.files.rename(from, to);
  }
}
