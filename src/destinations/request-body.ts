import type { ClientRequest } from 'node:http';
import { Writable } from 'node:stream';

/** What comes while a write is under way is gathered up to this, and sent with the next one. */
const GATHER_BYTES = 1024 * 1024;

/**
 * The end of a stream in the body of a request; ending the request is left to its owner. Waiting for room after
 * each piece costs more than hashing it, and each call of the kernel as much as its bytes: so they are few and large.
 */
export class RequestBody extends Writable {
  constructor(private readonly sent: ClientRequest) {
    super({ highWaterMark: GATHER_BYTES });
    // What still waits for its turn when the connection goes away is not called back.
    sent.once('close', () => this.destroy(new Error('the request is over')));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.sent.write(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    const { socket } = this.sent;
    // The framing of each piece would be a call of the kernel by itself.
    socket?.cork();
    chunks.forEach(({ chunk }, nth) => this.sent.write(chunk, nth === chunks.length - 1 ? done : undefined));
    socket?.uncork();
  }
}
