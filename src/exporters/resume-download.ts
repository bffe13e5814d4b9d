import type { IncomingMessage } from 'node:http';
import { messageOf } from '../core/failure.js';
import type { AppCaller } from './app-caller.js';
import type { Resume } from './export-body.js';
import type { ExportProgress } from './exporter.js';

const MOST_RESUMES = 10;

/**
 * How to go on with a download whose connection broke: by `Range`, and only where it is sure to be the same export
 * (same ETag or checksum, same total size). Exports that the app makes while it sends cannot be resumed.
 * @param path of the download; null when there is none to ask again
 */
export function resumeDownload(
  first: IncomingMessage,
  path: string | null,
  caller: AppCaller,
  progress: ExportProgress,
  signal: AbortSignal,
): Resume {
  const identity = identityOf(first);
  const wholeBytes = first.headers['content-length'] ?? null;
  let resumes = 0;
  return async (fromByte) => {
    resumes += 1;
    if (
      path === null ||
      identity === null ||
      resumes > MOST_RESUMES ||
      first.headers['accept-ranges'] === 'none'
    )
      return null;
    try {
      const headers = {
        range: `bytes=${fromByte}-`,
        ...(first.headers.etag === identity ? { 'if-range': identity } : {}),
      };
      const rest = await caller.call('GET', path, signal, { headers });
      if (rest.statusCode === 206 && identityOf(rest) === identity && isRest(rest, fromByte, wholeBytes)) {
        progress.note(`the connection broke after ${fromByte} bytes; going on from there`);
        return rest;
      }
      rest.destroy();
      return null;
    } catch (error) {
      progress.note(`going on after ${fromByte} bytes failed: ${messageOf(error)}`);
      return null;
    }
  };
}

/** A weak ETag names exports that are alike, not byte for byte the same. */
function identityOf({ headers }: IncomingMessage): string | null {
  const checksum = headers['x-checksum-sha256'];
  if (headers.etag !== undefined && !headers.etag.startsWith('W/')) return headers.etag;
  return typeof checksum === 'string' ? checksum.toLowerCase() : null;
}

function isRest({ headers }: IncomingMessage, fromByte: number, wholeBytes: string | null): boolean {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  return from === String(fromByte) && (total === '*' || wholeBytes === null || total === wholeBytes);
}
