import type { FileHandle } from 'node:fs/promises';

/** Less is not worth a wait of its own. */
const EVERY_BYTES = 128 * 1024 * 1024;

/** Each holds one of the few threads that all work with files shares. */
let isBusy = false;

/**
 * Has the disk begin with a large file while the rest of it still comes: the kernel alone keeps gigabytes to itself until it
 * is asked, and then the whole upload waits for the disk at its end. One at a time in all; it takes nothing from the sync
 * that makes the copy count.
 */
export class EarlySync {
  private unsyncedBytes = 0;
  private last: Promise<void> = Promise.resolve();
  private failure: Error | null = null;

  constructor(
    private readonly file: Pick<FileHandle, 'datasync'>,
    private readonly everyBytes = EVERY_BYTES,
  ) {}

  /** @throws what the disk said of earlier bytes: the kernel tells it once, and who asks later would not hear it */
  wrote(sizeBytes: number): void {
    if (this.failure !== null) throw this.failure;
    this.unsyncedBytes += sizeBytes;
    if (isBusy || this.unsyncedBytes < this.everyBytes) return;
    this.unsyncedBytes = 0;
    isBusy = true;
    this.last = this.sync();
  }

  /** Until nothing is under way. @throws as `wrote` */
  async underWay(): Promise<void> {
    await this.last;
    if (this.failure !== null) throw this.failure;
  }

  private async sync(): Promise<void> {
    try {
      await this.file.datasync();
    } catch (error) {
      this.failure = error as Error;
    } finally {
      isBusy = false;
    }
  }
}
