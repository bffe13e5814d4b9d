import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createProxy } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DriveFiles, FOLDER, shown } from './drive-files.js';
import type { DriveFile } from './drive-files.js';
import { portOf } from './ports.js';
import { testCa } from './test-ca.js';
import type { TestCa } from './test-ca.js';

const HOSTS = ['www.googleapis.com', 'oauth2.googleapis.com', 'accounts.google.com', 'drive.google.com'];

/** A refusal in place of an answer, for requests whose `METHOD path` matches. */
export interface DriveFault {
  on: RegExp;
  times: number;
  status: number;
  /** As in `error.errors[0].reason`; for the token endpoint, its `error`. */
  reason: string;
  message: string;
  /** The request has its effect all the same. */
  afterEffect?: boolean;
  /** It has its effect twice, and is answered as usual: what a retry after a lost answer leaves. */
  twice?: boolean;
}

interface Session {
  metadata: Partial<DriveFile>;
  id: string | null;
  chunks: Buffer[];
}

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown; bytes?: Buffer };

class DriveError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** Google Drive v3 as far as rclone's drive backend asks, behind a proxy that answers for Google's hosts with a test CA. */
export class DriveStandIn {
  readonly files = new DriveFiles();
  readonly faults: DriveFault[] = [];
  readonly seen: string[] = [];
  /** Bearer tokens that are accepted; a refresh adds one. */
  readonly tokens = new Set(['a-valid-access-token']);
  quota = { limit: 15_000_000_000, usage: 1_000_000_000 };
  private readonly sessions = new Map<string, Session>();

  private constructor(
    private readonly proxy: Server,
    private readonly tls: Server,
    readonly ca: TestCa,
  ) {}

  static async start(): Promise<DriveStandIn> {
    const ca = await testCa(HOSTS);
    const tls = createServer({ key: ca.key, cert: ca.cert });
    const proxy = createProxy();
    const standIn = new DriveStandIn(proxy, tls, ca);
    tls.on('request', (request, response) => void standIn.serve(request, response));
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      const host = (request.url ?? '').split(':')[0] ?? '';
      if (!HOSTS.includes(host)) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      socket.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      return tls.emit('connection', socket);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    return standIn;
  }

  /** For `RCLONE_PROXY` and `RCLONE_CA_BUNDLE`. */
  get environment(): Record<string, string> {
    return { RCLONE_PROXY: `http://127.0.0.1:${portOf(this.proxy)}`, RCLONE_CA_BUNDLE: this.ca.caFile };
  }

  /** What `rclone authorize` would print. @param expiry of the access token */
  token(expiry = '2099-01-01T00:00:00Z'): string {
    return JSON.stringify({
      access_token: 'a-valid-access-token',
      token_type: 'Bearer',
      refresh_token: 'a-refresh-token',
      expiry,
    });
  }

  async stop(): Promise<void> {
    this.tls.closeAllConnections();
    this.tls.close();
    this.proxy.closeAllConnections();
    this.proxy.close();
    await this.ca.remove();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', `https://${request.headers.host ?? 'www.googleapis.com'}`);
      const body = await buffer(request);
      const what = `${request.method ?? ''} ${url.pathname}`;
      this.seen.push(what);
      const fault = this.faults.find((one) => one.times > 0 && one.on.test(`${what}${url.search}`));
      if (fault !== undefined) fault.times -= 1;
      const answer = this.answer(request, url, body, fault);
      const type = answer.bytes === undefined ? { 'content-type': 'application/json' } : {};
      response.writeHead(answer.status ?? 200, { ...type, ...answer.headers });
      response.end(answer.bytes ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
    } catch (error) {
      const known = error instanceof DriveError ? error : new DriveError(500, 'backendError', String(error));
      response
        .writeHead(known.status, { 'content-type': 'application/json' })
        .end(JSON.stringify(errorBody(request, known)));
    }
  }

  private answer(request: IncomingMessage, url: URL, body: Buffer, fault: DriveFault | undefined): Answer {
    const refusal =
      fault === undefined || fault.twice === true
        ? null
        : new DriveError(fault.status, fault.reason, fault.message);
    if (refusal !== null && fault?.afterEffect !== true) throw refusal;
    if (fault?.twice === true) this.api(request, url, body);
    const answer = url.pathname === '/token' ? this.refresh() : this.api(request, url, body);
    if (refusal !== null) throw refusal;
    return answer;
  }

  private refresh(): Answer {
    const token = `renewed-${randomUUID()}`;
    this.tokens.add(token);
    return { body: { access_token: token, token_type: 'Bearer', expires_in: 3600 } };
  }

  private api(request: IncomingMessage, url: URL, body: Buffer): Answer {
    const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    if (!this.tokens.has(bearer)) throw new DriveError(401, 'authError', 'Invalid Credentials');
    if (url.pathname.startsWith('/upload/')) return this.upload(request, url, body);
    const [, id = '', verb = ''] =
      /^\/drive\/v3\/files(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    if (url.pathname === '/drive/v3/about')
      return { body: { storageQuota: texts(this.quota), user: { emailAddress: 'agent@example.org' } } };
    if (!url.pathname.startsWith('/drive/v3/files'))
      throw new DriveError(404, 'notFound', `no such call: ${url.pathname}`);
    if (id === '')
      return request.method === 'POST' ? { body: shown(this.create(metadataOf(body))) } : this.list(url);
    return this.one(request, url, body, [id, verb]);
  }

  private one(request: IncomingMessage, url: URL, body: Buffer, [id = '', verb = '']: string[]): Answer {
    const file = this.files.get(id);
    if (file === null) throw new DriveError(404, 'notFound', `File not found: ${id}.`);
    if (verb === 'permissions') return { body: this.share(file, body) };
    if (verb === 'copy')
      return { body: shown(this.files.put({ ...file, ...metadataOf(body), id: randomUUID() })) };
    if (request.method === 'DELETE') return this.delete(file);
    if (request.method === 'PATCH') return { body: shown(this.change(file, url, body)) };
    return url.searchParams.get('alt') === 'media'
      ? media(file, request.headers.range)
      : { body: shown(file) };
  }

  private list(url: URL): Answer {
    return {
      body: {
        kind: 'drive#fileList',
        incompleteSearch: false,
        files: this.files.find(url.searchParams.get('q') ?? '').map(shown),
      },
    };
  }

  private share(file: DriveFile, body: Buffer): Record<string, unknown> {
    const permission = {
      id: randomUUID(),
      ...(JSON.parse(body.toString('utf8')) as Record<string, unknown>),
    };
    file.permissions.push(permission);
    return permission;
  }

  private delete(file: DriveFile): Answer {
    this.files.all.delete(file.id);
    return { status: 204 };
  }

  private change(file: DriveFile, url: URL, body: Buffer): DriveFile {
    const add = url.searchParams.get('addParents')?.split(',') ?? [];
    const remove = url.searchParams.get('removeParents')?.split(',') ?? [];
    Object.assign(file, metadataOf(body));
    file.parents = [...file.parents.filter((id) => !remove.includes(id)), ...add];
    return file;
  }

  private upload(request: IncomingMessage, url: URL, body: Buffer): Answer {
    const session = this.sessions.get(url.searchParams.get('upload_id') ?? '');
    if (session !== undefined) return this.chunk(session, request, body);
    const id = /\/files\/([^/]+)$/.exec(url.pathname)?.[1] ?? null;
    if (url.searchParams.get('uploadType') === 'resumable') {
      const upload = randomUUID();
      this.sessions.set(upload, { metadata: metadataOf(body), id, chunks: [] });
      return {
        headers: {
          location: `https://www.googleapis.com/upload/drive/v3/files?uploadType=resumable&upload_id=${upload}`,
        },
      };
    }
    const { metadata, media: bytes } = multipartOf(request, body);
    return { body: shown(this.keep(id, metadata, bytes)) };
  }

  private chunk(session: Session, request: IncomingMessage, body: Buffer): Answer {
    const [, from, total = '*'] =
      /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(request.headers['content-range'] ?? '') ?? [];
    const have = session.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (from !== undefined && Number(from) === have) session.chunks.push(body);
    const got = Buffer.concat(session.chunks);
    if (total === '*' || got.length < Number(total))
      return { status: 308, headers: got.length === 0 ? {} : { range: `bytes=0-${got.length - 1}` } };
    return { body: shown(this.keep(session.id, session.metadata, got)) };
  }

  private keep(id: string | null, metadata: Partial<DriveFile>, bytes: Buffer): DriveFile {
    this.quota.usage += bytes.length;
    const known = id === null ? null : this.files.get(id);
    if (known !== null) return Object.assign(known, metadata, { bytes });
    return this.create({ name: 'Untitled', ...metadata, bytes });
  }

  /** Nothing is made in a folder that is not there. */
  private create(of: Partial<DriveFile> & { name: string }): DriveFile {
    const missing = of.parents?.find((id) => this.files.get(id) === null);
    if (missing !== undefined) throw new DriveError(404, 'notFound', `File not found: ${missing}.`);
    return this.files.put(of);
  }
}

function metadataOf(body: Buffer): Partial<DriveFile> & { name: string } {
  const given = JSON.parse(body.toString('utf8') || '{}') as Partial<DriveFile> & { name: string };
  const { id: _, ...rest } = given;
  return rest.mimeType === FOLDER ? { ...rest, bytes: Buffer.alloc(0) } : rest;
}

function multipartOf(
  request: IncomingMessage,
  body: Buffer,
): { metadata: Partial<DriveFile>; media: Buffer } {
  const boundary = /boundary="?([^";]+)"?/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  const mark = Buffer.from(`--${boundary}`);
  const parts: Buffer[] = [];
  for (let at = body.indexOf(mark); at >= 0;) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next - 2);
    parts.push(part.subarray(part.indexOf('\r\n\r\n') + 4));
    at = next;
  }
  const [metadata, bytes] = parts;
  if (metadata === undefined || bytes === undefined)
    throw new DriveError(400, 'badRequest', 'Malformed multipart body.');
  return { metadata: metadataOf(metadata), media: bytes };
}

function media(file: DriveFile, range: string | undefined): Answer {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined) return { bytes: file.bytes };
  const end = to === undefined || to === '' ? file.bytes.length : Number(to) + 1;
  return { status: 206, bytes: file.bytes.subarray(Number(from), end) };
}

function errorBody(request: IncomingMessage, { status, reason, message }: DriveError): unknown {
  if (request.url?.startsWith('/token') === true) return { error: reason, error_description: message };
  return { error: { code: status, message, errors: [{ domain: 'usageLimits', reason, message }] } };
}

function texts(quota: { limit: number; usage: number }): Record<string, string> {
  return {
    limit: String(quota.limit),
    usage: String(quota.usage),
    usageInDrive: String(quota.usage),
    usageInDriveTrash: '0',
  };
}
