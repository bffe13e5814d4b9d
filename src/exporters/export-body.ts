import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
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

const HIGH_WATER_BYTES = 256 * 1024;

/**
 * The bytes of an export as they were sent. Ends only when the app ended properly; otherwise errors with
 * export-broken, app-idle, export-too-large or export-unverifiable.
 */
export function exportBody(
  response: IncomingMessage,
  state: ReadingState,
  limits: BodyLimits,
  resume: Resume,
  signal: AbortSignal,
): Readable {
  const current: Current = { response, isGivenUp: false };
  const chunks = readAll(current, state, limits, resume, signal);
  const bytes = Readable.from(chunks, { objectMode: false, highWaterMark: HIGH_WATER_BYTES });
  // A generator that was never asked, or waits for a silent app, does not hear of it by itself.
  const finish = bytes._destroy.bind(bytes);
  bytes._destroy = (error, done) => {
    current.isGivenUp = true;
    current.response.destroy();
    finish(error, done);
  };
  return bytes;
}

/** The answer that is being read: another one after each resume. */
interface Current {
  response: IncomingMessage;
  isGivenUp: boolean;
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

async function* readAll(
  current: Current,
  state: ReadingState,
  limits: BodyLimits,
  resume: Resume,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (;;) {
    try {
      yield* readOne(current.response, state, limits);
      state.declared = withTrailers(state.declared, current.response.trailers);
      return;
    } catch (error) {
      if (error instanceof BackupFailure || signal.aborted || current.isGivenUp) throw error;
      const rest = await resume(state.readBytes);
      if (rest === null)
        throw new BackupFailure(
          'export-broken',
          { detail: `after ${state.readBytes} bytes: ${messageOf(error)}` },
          { cause: error },
        );
      current.response = rest;
    }
  }
}

async function* readOne(
  response: IncomingMessage,
  state: ReadingState,
  limits: BodyLimits,
): AsyncGenerator<Buffer> {
  // Counts only while we wait for the app: a slow destination must not look like an idle app.
  const idle = (): void =>
    void response.destroy(
      new BackupFailure('app-idle', {
        detail: `nothing for ${limits.idleMs} ms after ${state.readBytes} bytes`,
      }),
    );
  const pace = new PaceKeeper(limits);
  let timer = setTimeout(idle, limits.idleMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      state.readBytes += chunk.length;
      pace.came(chunk.length);
      if (state.readBytes > limits.maxBytes)
        throw new BackupFailure('export-too-large', { detail: `more than ${limits.maxBytes} bytes` });
      yield chunk;
      pace.waits();
      timer = setTimeout(idle, limits.idleMs);
    }
    if (!response.complete) throw new Error('the connection was closed');
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}
