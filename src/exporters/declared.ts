import type { IncomingHttpHeaders } from 'node:http';
import { BackupFailure } from '../core/failure.js';
import type { Declared } from './exporter.js';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const one = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text.trim() === '' ? undefined : text.trim();
};

/** What an app says of its export before the first byte. @throws contract-invalid when a header cannot be read */
export function declaredBy(headers: IncomingHttpHeaders): Declared {
  const declared: Declared = {};
  const sha256 = checksumIn(headers);
  if (sha256 !== undefined) Object.assign(declared, { sha256, sha256From: 'header' });
  const sizeBytes = sizeIn(headers);
  if (sizeBytes !== undefined) declared.sizeBytes = sizeBytes;
  const format = one(headers, 'x-format') ?? one(headers, 'x-backup-format');
  if (format !== undefined) declared.format = format.toLowerCase().slice(0, 40);
  const fileName = fileNameIn(one(headers, 'content-disposition') ?? '');
  if (fileName !== undefined) declared.fileName = fileName;
  return declared;
}

/** What an app adds at the end. A trailer that contradicts a header is refused. */
export function withTrailers(early: Declared, trailers: Headers): Declared {
  const sha256 = checksumIn(trailers);
  const size = one(trailers, 'x-size');
  const declared = { ...early };
  if (sha256 !== undefined) {
    if (early.sha256 !== undefined && early.sha256 !== sha256)
      throw invalid('the checksum in the trailer is not the one in the header');
    if (early.sha256 === undefined) Object.assign(declared, { sha256, sha256From: 'trailer' });
  }
  if (size !== undefined && declared.sizeBytes === undefined)
    declared.sizeBytes = wholeNumber('X-Size', size);
  return declared;
}

const invalid = (detail: string): BackupFailure => new BackupFailure('contract-invalid', { detail });

function checksumIn(headers: Headers): string | undefined {
  const own = one(headers, 'x-checksum-sha256');
  if (own !== undefined) return hexOf(own.replace(/^sha-?256[:=]/i, ''), 'X-Checksum-SHA256');
  const digest = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/i.exec(one(headers, 'repr-digest') ?? '')?.[1];
  return digest === undefined ? undefined : hexOf(digest, 'Repr-Digest');
}

function hexOf(value: string, header: string): string {
  if (/^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  const bytes = /^[A-Za-z0-9+/]{43}=$/.test(value) ? Buffer.from(value, 'base64') : null;
  if (bytes?.length === 32) return bytes.toString('hex');
  throw invalid(`${header} is not a sha256 in hex or base64`);
}

function sizeIn(headers: IncomingHttpHeaders): number | undefined {
  const own = one(headers, 'x-size');
  const length = headers['content-length'];
  const size = own === undefined ? undefined : wholeNumber('X-Size', own);
  if (length === undefined) return size;
  const counted = wholeNumber('Content-Length', length);
  if (size !== undefined && size !== counted)
    throw invalid(`X-Size is ${size} and Content-Length is ${counted}`);
  return counted;
}

function wholeNumber(header: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(`${header} is not a number of bytes`);
}

/** RFC 6266, as far as an extension can come out of it. */
function fileNameIn(disposition: string): string | undefined {
  const extended = /filename\*\s*=\s*[\w-]*'[^']*'([^;]+)/i.exec(disposition)?.[1];
  const plain = /filename\s*=\s*(?:"([^"]*)"|([^;]+))/i.exec(disposition);
  const name = extended ?? plain?.[1] ?? plain?.[2];
  return name === undefined || name.trim() === '' ? undefined : name.trim().slice(0, 200);
}
