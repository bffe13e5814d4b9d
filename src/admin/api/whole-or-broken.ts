import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { BackupFailure } from '../../core/failure.js';

/**
 * Passes bytes on, but holds the last ones back until size and sha256 are right:
 * a download that is not the proven copy breaks, it never ends as if it were whole.
 */
export class WholeOrBroken extends Transform {
  private readonly hash = createHash('sha256');
  private count = 0;
  private held: Buffer | null = null;

  constructor(private readonly expected: { sizeBytes: number; sha256: string }) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.hash.update(chunk);
    this.count += chunk.length;
    const ready = this.held;
    this.held = chunk;
    done(null, ready ?? undefined);
  }

  override _flush(done: TransformCallback): void {
    const sha256 = this.hash.digest('hex');
    const isWhole = this.count === this.expected.sizeBytes && sha256 === this.expected.sha256;
    if (isWhole) done(null, this.held ?? undefined);
    else {
      const detail = `${this.count} of ${this.expected.sizeBytes} bytes, sha256 ${sha256} in place of ${this.expected.sha256}`;
      done(new BackupFailure('copy-corrupt', { detail }));
    }
  }
}
