import type { Readable } from 'node:stream';
import { BackupFailure, asFailure } from '../core/failure.js';
import { abortFailure } from './abort-failure.js';
import { Destination } from './destination.js';
import { splitKey } from './object-key.js';

/** What all destinations that really store have in common: nothing is overwritten, and one key has one writer. */
export abstract class ReservingDestination extends Destination {
  /** Keys being written: two writers of one key in this process would remove each other's object. */
  private readonly taken = new Set<string>();

  /** Writes a new object; when it fails, what may be left under `key` is removed. */
  protected abstract write(key: string, body: Readable, signal: AbortSignal): Promise<void>;

  /** Renames an object that is there to a name that is free. */
  protected abstract move(from: string, to: string): Promise<void>;

  async store(key: string, body: Readable, signal: AbortSignal): Promise<void> {
    // A source that fails before it is read must not end the process.
    body.on('error', () => undefined);
    try {
      splitKey(key);
      if (signal.aborted) throw abortFailure(signal);
      await this.reserving(key, () => this.write(key, body, signal));
    } catch (error) {
      body.destroy();
      throw asFailure(error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    splitKey(from);
    await this.reserving(to, async () => {
      const source = await this.stat(from);
      if (source === null) throw new BackupFailure('copy-missing', { detail: from });
      await this.move(from, to);
      const moved = await this.stat(to);
      if (moved?.sizeBytes !== source.sizeBytes)
        throw new BackupFailure('destination-error', { detail: `${to} is not there after the rename` });
    });
  }

  /** Runs `write` while no other writer may have the key. @throws object-exists; destination-error for a key that is none */
  protected async reserving(key: string, write: () => Promise<void>): Promise<void> {
    splitKey(key);
    if (this.taken.has(key)) throw new BackupFailure('object-exists', { detail: key });
    this.taken.add(key);
    try {
      if ((await this.stat(key)) !== null) throw new BackupFailure('object-exists', { detail: key });
      await write();
    } finally {
      this.taken.delete(key);
    }
  }
}
