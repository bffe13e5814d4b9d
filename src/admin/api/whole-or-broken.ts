import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

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
    const isWhole =
      this.count === this.expected.sizeBytes && this.hash.digest('hex') === this.expected.sha256;
    if (isWhole) done(null, this.held ?? undefined);
    else
      done(
        new Error(
          `the stored copy is not what was proven: ${this.count} of ${this.expected.sizeBytes} bytes`,
        ),
      );
  }
}
