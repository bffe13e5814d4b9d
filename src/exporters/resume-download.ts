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
        ...(first.headers.etag === undefined ? {} : { 'if-range': first.headers.etag }),
      };
      const rest = await caller.call('GET', path, signal, { headers });
      if (rest.statusCode === 206 && identityOf(rest) === identity && startsAt(rest, fromByte)) {
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

function identityOf({ headers }: IncomingMessage): string | null {
  const checksum = headers['x-checksum-sha256'];
  return headers.etag ?? (typeof checksum === 'string' ? checksum.toLowerCase() : null);
}

const startsAt = ({ headers }: IncomingMessage, fromByte: number): boolean =>
  new RegExp(`^bytes ${fromByte}-\\d+/(\\d+|\\*)$`).test(headers['content-range'] ?? '');
