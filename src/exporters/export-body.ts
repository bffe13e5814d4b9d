import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { BackupFailure, messageOf } from '../core/failure.js';
import { withTrailers } from './declared.js';
import type { Declared } from './exporter.js';
import { PaceKeeper } from './pace-keeper.js';

export interface BodyLimits {
  /** Longest silence while we are waiting for bytes, in milliseconds. */
  idleMs: number;
  /** Bytes per second that must come over each `idleMs` of waiting for the app; 0 = any pace. */
  minRateBytesPerSecond: number;
  maxBytes: number;
}

/** What an export becomes while it is read. */
export interface ReadingState {
  declared: Declared;
  readBytes: number;
}

/** Gives the rest of an export after the connection broke, or null when it cannot be had. */
export type Resume = (fromByte: number) => Promise<IncomingMessage | null>;

/** Less has the connection paused and resumed for every few pieces, which costs more than hashing them. */
const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * The bytes of an export as they were sent. Ends only when the app ended properly; otherwise errors with
 * export-broken, app-idle, app-too-slow or export-too-large.
 */
export function exportBody(
  response: IncomingMessage,
  state: ReadingState,
  limits: BodyLimits,
  resume: Resume,
  signal: AbortSignal,
): Readable {
  return new ExportBody(response, state, limits, resume, signal);
}

/**
 * Refuses what is no export that could be proven, before a byte of it is read.
 * @throws export-unverifiable, export-too-large, contract-invalid
 */
export function refuseHopeless({ headers }: IncomingMessage, declared: Declared, maxBytes: number): void {
  const { sizeBytes, sha256, format, fileName } = declared;
  // A body without length or chunks ends by closing the connection, which is also what a crash looks like.
  const framed =
    headers['content-length'] !== undefined ||
    /(^|,)\s*chunked\s*$/i.test(headers['transfer-encoding'] ?? '');
  if (!framed && sizeBytes === undefined && sha256 === undefined)
    throw new BackupFailure('export-unverifiable', {
      detail: 'neither Content-Length, chunked encoding, X-Size nor X-Checksum-SHA256',
    });
  if (sizeBytes !== undefined && sizeBytes > maxBytes)
    throw new BackupFailure('export-too-large', {
      detail: `${sizeBytes} bytes declared, ${maxBytes} allowed`,
    });
  // A catch-all route or a login page answers 200 to everything: that would be kept as a good backup for ever.
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '');
  if (isPage && sha256 === undefined && format === undefined && fileName === undefined)
    throw new BackupFailure('contract-invalid', { detail: 'the answer is a web page, not an export' });
}

/** Each chunk takes one step from the answer to the reader: generators in between cost more than hashing it. */
class ExportBody extends Readable {
  private answer: Answer | null = null;

  constructor(
    private readonly first: IncomingMessage,
    private readonly state: ReadingState,
    private readonly limits: BodyLimits,
    private readonly resumeFrom: Resume,
    private readonly signal: AbortSignal,
  ) {
    super({ highWaterMark: HIGH_WATER_BYTES });
  }

  override _read(): void {
    if (this.answer === null) this.begin(this.first);
    else this.answer.goOn();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.first.destroy();
    this.answer?.letGo();
    done(error);
  }

  private begin(response: IncomingMessage): void {
    const { state, limits } = this;
    this.answer = new Answer(response, state, limits, (chunk) => this.push(chunk));
    this.answer.ended.then(
      () => {
        state.declared = withTrailers(state.declared, response.trailers);
        this.push(null);
      },
      (error: unknown) => this.broken(error),
    );
    this.answer.goOn();
  }

  private broken(error: unknown): void {
    if (this.destroyed) return;
    if (error instanceof BackupFailure || this.signal.aborted) {
      this.destroy(error as Error);
      return;
    }
    this.resumeFrom(this.state.readBytes).then(
      (rest) => this.takeUp(rest, error),
      (failed: unknown) => this.destroy(failed as Error),
    );
  }

  private takeUp(rest: IncomingMessage | null, error: unknown): void {
    if (this.destroyed) rest?.destroy();
    else if (rest !== null) this.begin(rest);
    else {
      const detail = `after ${this.state.readBytes} bytes: ${messageOf(error)}`;
      this.destroy(new BackupFailure('export-broken', { detail }, { cause: error }));
    }
  }
}

/** One answer that is read; after a resume there is another. */
class Answer {
  /** Rejects with the first thing that went wrong. */
  readonly ended: Promise<void>;
  private readonly pace: PaceKeeper;
  private timer: NodeJS.Timeout | null = null;
  private isWaiting = false;

  constructor(
    private readonly response: IncomingMessage,
    private readonly state: ReadingState,
    private readonly limits: BodyLimits,
    /** @returns whether there is room for more */
    private readonly give: (chunk: Buffer) => boolean,
  ) {
    this.pace = new PaceKeeper(limits);
    this.ended = finished(response, { writable: false })
      .then(() => {
        if (!response.complete) throw new Error('the connection was closed');
      })
      .finally(() => this.letGo());
    response.on('data', (chunk: Buffer) => this.came(chunk)).pause();
  }

  /** There is room. */
  goOn(): void {
    if (this.isWaiting) return;
    this.wait();
    this.response.resume();
  }

  letGo(): void {
    this.stopWaiting();
    this.response.destroy();
  }

  // Counts only while we wait for the app: a slow destination must not look like an idle app.
  private wait(): void {
    this.isWaiting = true;
    this.pace.waits();
    if (this.timer === null) this.timer = setTimeout(() => this.idle(), this.limits.idleMs);
    else this.timer.refresh();
  }

  private stopWaiting(): void {
    this.isWaiting = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private came(chunk: Buffer): void {
    const { state, limits } = this;
    state.readBytes += chunk.length;
    try {
      this.pace.came(chunk.length);
      if (state.readBytes > limits.maxBytes)
        throw new BackupFailure('export-too-large', { detail: `more than ${limits.maxBytes} bytes` });
    } catch (error) {
      this.response.destroy(error as Error);
      return;
    }
    if (this.give(chunk)) {
      this.wait();
      return;
    }
    this.stopWaiting();
    this.response.pause();
  }

  private idle(): void {
    const detail = `nothing for ${this.limits.idleMs} ms after ${this.state.readBytes} bytes`;
    this.response.destroy(new BackupFailure('app-idle', { detail }));
  }
}
