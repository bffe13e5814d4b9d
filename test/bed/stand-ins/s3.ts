import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { portOf } from './ports.js';
import { signatureFault } from './s3-signature.js';
import type { S3Keys } from './s3-signature.js';

const PART_MIN_BYTES = 5 * 1024 * 1024;

interface StoredBytes {
  bytes: Buffer;
  etag: string;
  headers: Record<string, string>;
}

interface Upload {
  key: string;
  headers: Record<string, string>;
  parts: Map<number, StoredBytes>;
}

/** What is done to a request instead of, or after, serving it. */
export interface S3Fault {
  /** `PUT object`, `PUT part`, `POST complete`, `HEAD object` … */
  on: string;
  times: number;
  status: number;
  code: string;
  /** The request has its effect all the same: only the answer is a lie. */
  afterEffect?: boolean;
}

type Answer = [number, Record<string, string>, string | Buffer];

class S3Error extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

/** An S3 store in memory that is strict where real ones are: signatures, checksums, sizes and order of parts. */
export class S3StandIn {
  readonly objects = new Map<string, StoredBytes>();
  readonly uploads = new Map<string, Upload>();
  readonly buckets = new Set<string>();
  readonly faults: S3Fault[] = [];
  /** What was asked for, in order. */
  readonly seen: string[] = [];
  private readonly server: Server;

  private constructor(readonly keys: S3Keys) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(
    keys: S3Keys = { accessKey: 'an-access-key', secretKey: 'a-secret-key-of-s3' },
  ): Promise<S3StandIn> {
    const standIn = new S3StandIn(keys);
    standIn.server.listen(0, '127.0.0.1');
    await once(standIn.server, 'listening');
    return standIn;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${portOf(this.server)}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', this.endpoint);
      const body = await buffer(request);
      const wrong = signatureFault(request, url, this.keys);
      if (wrong !== null) throw new S3Error(403, wrong);
      checkBody(request, body);
      const what = kindOf(request.method ?? '', url, request.headers['x-amz-copy-source'] !== undefined);
      this.seen.push(what);
      const fault = this.faults.find((one) => one.on === what && one.times > 0);
      if (fault !== undefined) fault.times -= 1;
      if (fault !== undefined && fault.afterEffect !== true) throw new S3Error(fault.status, fault.code);
      const [status, headers, text] = this.answer(what, request, url, body);
      if (fault !== undefined) throw new S3Error(fault.status, fault.code);
      response.writeHead(status, headers).end(text);
    } catch (error) {
      const { status, code } = error instanceof S3Error ? error : new S3Error(500, 'InternalError');
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(
        request.method === 'HEAD'
          ? ''
          : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
      );
    }
  }

  private answer(
    what: string,
    request: IncomingMessage,
    url: URL,
    body: Buffer,
  ): [number, Record<string, string>, string | Buffer] {
    const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const path = `${bucket}/${rest.join('/')}`;
    const query = url.searchParams;
    if (what === 'PUT bucket') {
      this.buckets.add(bucket);
      return [200, {}, ''];
    }
    if (what === 'GET service') return [200, {}, this.listBuckets()];
    if (!this.buckets.has(bucket)) throw new S3Error(404, 'NoSuchBucket');
    const id = query.get('uploadId') ?? '';
    return what.endsWith('bucket') || what.startsWith('GET uploads')
      ? this.answerBucket(what, bucket, query)
      : this.answerObject(what, path, request, id === '' ? [] : [id, query.get('partNumber') ?? ''], body);
  }

  private answerBucket(what: string, bucket: string, query: URLSearchParams): Answer {
    if (what === 'HEAD bucket') return [200, {}, ''];
    if (what === 'GET uploads') return [200, {}, this.listUploads(bucket, query.get('prefix') ?? '')];
    if (what === 'GET bucket') return [200, { 'content-type': 'application/xml' }, this.list(bucket, query)];
    throw new S3Error(501, 'NotImplemented');
  }

  private answerObject(
    what: string,
    path: string,
    request: IncomingMessage,
    [id = '', part = '']: string[],
    body: Buffer,
  ): Answer {
    switch (what) {
      case 'PUT object':
        return [200, { etag: this.keep(path, body, request) }, ''];
      case 'PUT copy':
        return [200, {}, this.copy(path, String(request.headers['x-amz-copy-source']), request)];
      case 'HEAD object':
      case 'GET object':
        return this.give(path, request.headers.range);
      case 'DELETE object':
        this.objects.delete(path);
        return [204, {}, ''];
      case 'POST uploads':
        return [200, {}, this.beginUpload(path, request)];
      case 'PUT part':
        return [200, { etag: this.part(id, Number(part), body) }, ''];
      case 'POST complete':
        return [200, {}, this.complete(id, body.toString('utf8'))];
      case 'DELETE upload':
        this.uploads.delete(id);
        return [204, {}, ''];
      default:
        throw new S3Error(501, 'NotImplemented');
    }
  }

  private keep(path: string, bytes: Buffer, request: IncomingMessage): string {
    const etag = `"${md5(bytes)}"`;
    this.objects.set(path, { bytes, etag, headers: metaOf(request) });
    return etag;
  }

  private copy(path: string, from: string, request: IncomingMessage): string {
    const source = this.objects.get(decodeURIComponent(from).replace(/^\//, ''));
    if (source === undefined) throw new S3Error(404, 'NoSuchKey');
    const headers =
      request.headers['x-amz-metadata-directive'] === 'REPLACE' ? metaOf(request) : source.headers;
    this.objects.set(path, { bytes: source.bytes, etag: `"${md5(source.bytes)}"`, headers });
    return `<CopyObjectResult><ETag>${md5(source.bytes)}</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></CopyObjectResult>`;
  }

  private give(path: string, range: string | undefined): [number, Record<string, string>, Buffer] {
    const found = this.objects.get(path);
    if (found === undefined) throw new S3Error(404, 'NoSuchKey');
    const headers = {
      ...found.headers,
      etag: found.etag,
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'accept-ranges': 'bytes',
    };
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const end = to === undefined || to === '' ? found.bytes.length : Number(to) + 1;
    const bytes = from === undefined ? found.bytes : found.bytes.subarray(Number(from), end);
    return [from === undefined ? 200 : 206, { ...headers, 'content-length': String(bytes.length) }, bytes];
  }

  private beginUpload(key: string, request: IncomingMessage): string {
    const id = randomUUID();
    this.uploads.set(id, { key, headers: metaOf(request), parts: new Map() });
    return `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`;
  }

  private part(id: string, nth: number, bytes: Buffer): string {
    const upload = this.uploads.get(id);
    if (upload === undefined) throw new S3Error(404, 'NoSuchUpload');
    const etag = `"${md5(bytes)}"`;
    upload.parts.set(nth, { bytes, etag, headers: {} });
    return etag;
  }

  private complete(id: string, body: string): string {
    const upload = this.uploads.get(id);
    if (upload === undefined) throw new S3Error(404, 'NoSuchUpload');
    const named = [...body.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, text = '']) => ({
      nth: Number(/<PartNumber>(\d+)</.exec(text)?.[1]),
      etag: (/<ETag>(.*?)<\/ETag>/.exec(text)?.[1] ?? '').replaceAll(/&quot;|&#34;|"/g, ''),
    }));
    const parts = named.map(({ nth, etag }, at) => {
      const part = upload.parts.get(nth);
      if (part?.etag !== `"${etag}"`) throw new S3Error(400, 'InvalidPart');
      if (at > 0 && nth <= (named[at - 1]?.nth ?? 0)) throw new S3Error(400, 'InvalidPartOrder');
      if (at < named.length - 1 && part.bytes.length < PART_MIN_BYTES)
        throw new S3Error(400, 'EntityTooSmall');
      return part;
    });
    if (parts.length === 0) throw new S3Error(400, 'MalformedXML');
    const sums = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex')));
    const etag = `"${md5(sums)}-${parts.length}"`;
    this.objects.set(upload.key, {
      bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
      etag,
      headers: upload.headers,
    });
    this.uploads.delete(id);
    return `<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`;
  }

  private listUploads(bucket: string, prefix: string): string {
    const items = [...this.uploads]
      .filter(([, { key }]) => key.startsWith(`${bucket}/${prefix}`))
      .map(
        ([id, { key }]) =>
          `<Upload><Key>${escaped(key.slice(bucket.length + 1))}</Key><UploadId>${id}</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>`,
      );
    return `<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><IsTruncated>false</IsTruncated>${items.join('')}</ListMultipartUploadsResult>`;
  }

  private listBuckets(): string {
    const names = [...this.buckets].map(
      (name) => `<Bucket><Name>${name}</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket>`,
    );
    return `<ListAllMyBucketsResult><Owner><ID>x</ID></Owner><Buckets>${names.join('')}</Buckets></ListAllMyBucketsResult>`;
  }

  private list(bucket: string, query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const isUrl = query.get('encoding-type') === 'url';
    const shown = (key: string): string => (isUrl ? encodeURIComponent(key) : escaped(key));
    const folders = new Set<string>();
    const items: string[] = [];
    for (const [path, { bytes, etag }] of this.objects) {
      const key = path.slice(bucket.length + 1);
      if (!path.startsWith(`${bucket}/`) || !key.startsWith(prefix)) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut >= 0) folders.add(key.slice(0, cut + 1));
      else
        items.push(
          `<Contents><Key>${shown(key)}</Key><Size>${bytes.length}</Size><ETag>${etag}</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`,
        );
    }
    const prefixes = [...folders].map(
      (key) => `<CommonPrefixes><Prefix>${shown(key)}</Prefix></CommonPrefixes>`,
    );
    return `<ListBucketResult><Name>${bucket}</Name>${isUrl ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>false</IsTruncated>${items.join('')}${prefixes.join('')}</ListBucketResult>`;
  }
}

function kindOf(method: string, url: URL, isCopy: boolean): string {
  const [, bucket = '', ...rest] = url.pathname.split('/');
  const query = url.searchParams;
  if (bucket === '') return `${method} service`;
  if (rest.join('/') === '') return `${method} ${query.has('uploads') ? 'uploads' : 'bucket'}`;
  if (query.has('partNumber')) return `${method} part`;
  if (query.has('uploads')) return `${method} uploads`;
  if (query.has('uploadId')) return method === 'POST' ? 'POST complete' : `${method} upload`;
  return method === 'PUT' && isCopy ? 'PUT copy' : `${method} object`;
}

function checkBody(request: IncomingMessage, body: Buffer): void {
  const sha = request.headers['x-amz-content-sha256'];
  if (sha !== 'UNSIGNED-PAYLOAD' && sha !== createHash('sha256').update(body).digest('hex'))
    throw new S3Error(400, 'XAmzContentSHA256Mismatch');
  const sum = request.headers['content-md5'];
  if (sum !== undefined && sum !== createHash('md5').update(body).digest('base64'))
    throw new S3Error(400, 'BadDigest');
}

function metaOf(request: IncomingMessage): Record<string, string> {
  const kept = Object.entries(request.headers).filter(
    ([name]) => name.startsWith('x-amz-meta-') || name === 'content-type',
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
