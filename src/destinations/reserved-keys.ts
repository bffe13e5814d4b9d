import { BackupFailure } from '../core/failure.js';
import { splitKey } from './object-key.js';

/** Keys being written: two writers of one key in this process would remove each other's object. */
export class ReservedKeys {
  private readonly taken = new Set<string>();

  /**
   * Runs `write` while no other writer may have the key.
   * @param exists whether an object has it already
   * @throws object-exists; destination-error for a key that is none
   */
  async reserving(key: string, exists: () => Promise<boolean>, write: () => Promise<void>): Promise<void> {
    splitKey(key);
    if (this.taken.has(key)) throw new BackupFailure('object-exists', { detail: key });
    this.taken.add(key);
    try {
      if (await exists()) throw new BackupFailure('object-exists', { detail: key });
      await write();
    } finally {
      this.taken.delete(key);
    }
  }
}
