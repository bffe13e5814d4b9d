import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Meter } from '../backups/meter.js';
import type { Sent } from '../destinations/destination.js';
import { exportBody } from '../exporters/export-body.js';
import type { Declared } from '../exporters/exporter.js';

export interface WholeExport {
  sent: Sent;
  head: Buffer;
  /** With the trailers. */
  declared: Declared;
  /** False when reading was ended at the limit. */
  isWhole: boolean;
  /** sha256 in hex of everything from this byte on, to hold the answer to a Range against. */
  tailFrom: number;
  tailSha256: string;
}

interface ReadLimits {
  idleMs: number;
  mostBytes: number;
}

/** Reads an export to its end, or to the limit, keeping none of it. @throws what a run would fail with */
export async function readExport(
  response: IncomingMessage,
  early: Declared,
  limits: ReadLimits,
  signal: AbortSignal,
): Promise<WholeExport> {
  const state = { declared: early, readBytes: 0 };
  const { bytes, meter } = opened(response, state, limits, signal);
  const tailFrom = Math.floor((early.sizeBytes ?? 2) / 2);
  const tail = createHash('sha256');
  let isWhole = true;
  let at = 0;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    await meter.update(chunk);
    tail.update(chunk.subarray(Math.min(chunk.length, Math.max(0, tailFrom - at))));
    at += chunk.length;
    isWhole = meter.size < limits.mostBytes;
    if (!isWhole) break;
  }
  const { declared } = state;
  return {
    sent: await meter.result(),
    head: meter.head(),
    declared,
    isWhole,
    tailFrom,
    tailSha256: tail.digest('hex'),
  };
}

/** sha256 in hex of an answer's body. */
export async function tailOf(
  response: IncomingMessage,
  limits: ReadLimits,
  signal: AbortSignal,
): Promise<string> {
  const { bytes, meter } = opened(response, { declared: {}, readBytes: 0 }, limits, signal);
  for await (const chunk of bytes as AsyncIterable<Buffer>) await meter.update(chunk);
  return (await meter.result()).hashes.sha256;
}

function opened(
  response: IncomingMessage,
  state: { declared: Declared; readBytes: number },
  { idleMs }: ReadLimits,
  signal: AbortSignal,
) {
  const limits = { idleMs, minRateBytesPerSecond: 0, maxBytes: Number.MAX_SAFE_INTEGER };
  return {
    bytes: exportBody(response, state, limits, () => Promise.resolve(null), signal),
    meter: new Meter([]),
  };
}
