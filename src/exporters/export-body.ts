import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { BackupFailure, messageOf } from '../core/failure.js';
import { withTrailers } from './declared.js';
import type { Declared } from './exporter.js';

export interface BodyLimits {
  /** Longest silence while we are waiting for bytes, in milliseconds. */
  idleMs: number;
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
  const chunks = readAll(response, state, limits, resume, signal);
  return Readable.from(chunks, { objectMode: false, highWaterMark: HIGH_WATER_BYTES });
}

/** A body without length or chunks ends by closing the connection, which is also what a crash looks like. */
export function refuseUnverifiable(response: IncomingMessage, declared: Declared): void {
  const framed =
    response.headers['content-length'] !== undefined ||
    /chunked/i.test(response.headers['transfer-encoding'] ?? '');
  if (framed || declared.sizeBytes !== undefined || declared.sha256 !== undefined) return;
  response.destroy();
  throw new BackupFailure('export-unverifiable', {
    detail: 'neither Content-Length, chunked encoding, X-Size nor X-Checksum-SHA256',
  });
}

async function* readAll(
  first: IncomingMessage,
  state: ReadingState,
  limits: BodyLimits,
  resume: Resume,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let response = first;
  for (;;) {
    try {
      yield* readOne(response, state, limits);
      state.declared = withTrailers(state.declared, response.trailers);
      return;
    } catch (error) {
      if (error instanceof BackupFailure || signal.aborted) throw error;
      const rest = await resume(state.readBytes);
      if (rest === null)
        throw new BackupFailure(
          'export-broken',
          { detail: `after ${state.readBytes} bytes: ${messageOf(error)}` },
          { cause: error },
        );
      response = rest;
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
  let timer = setTimeout(idle, limits.idleMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      state.readBytes += chunk.length;
      if (state.readBytes > limits.maxBytes)
        throw new BackupFailure('export-too-large', { detail: `more than ${limits.maxBytes} bytes` });
      yield chunk;
      timer = setTimeout(idle, limits.idleMs);
    }
    if (!response.complete) throw new Error('the connection was closed');
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}
