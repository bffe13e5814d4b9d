import { createHash } from 'node:crypto';
import { BackupFailure } from './failure.js';
import { streamThreads } from './hash-threads.js';
import type { Answer, HashThreads, Tell } from './hash-threads.js';

const SLOT_BYTES = 256 * 1024;
const SLOTS = 4;

/**
 * Hashes a stream in another thread. The bytes are copied into slots of shared memory; a slot is used again once the thread
 * has taken it, so memory is flat. What fits into one slot is hashed at the end, here.
 */
export class StreamHasher {
  private readonly slots: SharedArrayBuffer[] = [];
  /** Slots that were given to the thread, and that it has taken. */
  private given = 0;
  private taken = 0;
  /** Bytes in the slot that is being filled. */
  private filled = 0;
  private tell: Tell | null = null;
  private failure: Error | null = null;
  /** Somebody waits for the thread. */
  private wake: (() => void) | null = null;
  private digests: string[] | null = null;

  constructor(
    private readonly names: readonly string[],
    private readonly threads: HashThreads = streamThreads,
  ) {}

  /**
   * Takes the bytes; they may change afterwards.
   * @returns null when that is done, else wait for it before anything else
   * @throws internal when the thread is lost
   */
  update(chunk: Uint8Array): Promise<void> | null {
    const rest = this.fill(chunk);
    return rest === null ? null : this.updateSlowly(rest);
  }

  /** To be asked once. @returns in hex, in the order of the names. @throws internal when the thread is lost */
  async digest(): Promise<string[]> {
    const { tell } = this;
    if (tell === null) return this.names.map((name) => createHash(name).update(this.open()).digest('hex'));
    if (this.filled > 0) this.give(tell);
    tell({ kind: 'digest' });
    while (this.digests === null) await this.change();
    return this.digests;
  }

  /** Forgets what came. */
  close(): void {
    if (this.digests === null && this.failure === null) this.tell?.({ kind: 'stop' });
    this.failure ??= new Error('closed');
  }

  private async updateSlowly(chunk: Uint8Array): Promise<void> {
    for (let rest: Uint8Array | null = chunk; rest !== null; rest = this.fill(rest)) await this.change();
  }

  /** @returns what found no free slot */
  private fill(chunk: Uint8Array): Uint8Array | null {
    this.refuse();
    let rest = chunk;
    while (rest.length > 0) {
      if (this.filled === SLOT_BYTES) this.give((this.tell ??= this.begin()));
      if (this.given - this.taken === SLOTS) return rest;
      const part = rest.subarray(0, SLOT_BYTES - this.filled);
      new Uint8Array(this.slot()).set(part, this.filled);
      this.filled += part.length;
      rest = rest.subarray(part.length);
    }
    return null;
  }

  private slot(): SharedArrayBuffer {
    return (this.slots[this.given % SLOTS] ??= new SharedArrayBuffer(SLOT_BYTES));
  }

  /** What is in the slot that is being filled. */
  private open(): Uint8Array {
    return this.filled === 0 ? new Uint8Array(0) : new Uint8Array(this.slot(), 0, this.filled);
  }

  private give(tell: Tell): void {
    tell({ kind: 'bytes', slot: this.slot(), length: this.filled });
    this.given += 1;
    this.filled = 0;
  }

  private begin(): Tell {
    const tell = this.threads.take({
      answered: (answer) => this.hear(answer),
      lost: (failure) => this.fail(failure),
    });
    tell({ kind: 'stream', names: this.names });
    return tell;
  }

  private hear(answer: Answer): void {
    if (answer.kind === 'taken') this.taken += 1;
    else if (answer.kind === 'digests') this.digests = answer.digests;
    else if (answer.kind === 'failed') this.fail(new BackupFailure('internal', { detail: answer.message }));
    this.wake?.();
  }

  private fail(failure: Error): void {
    this.failure ??= failure;
    this.wake?.();
  }

  /** @throws when there is nothing more to wait for */
  private async change(): Promise<void> {
    this.refuse();
    await new Promise<void>((resolve) => (this.wake = resolve));
    this.refuse();
  }

  private refuse(): void {
    if (this.failure !== null) throw this.failure;
  }
}
