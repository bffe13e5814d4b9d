/**
 * A sample app that implements the export contract (docs/contract.md) and can be told to misbehave.
 * Only Node's own modules, so that it also runs in a container made from the node binary alone.
 *
 * Environment: PORT, BACKUP_TOKEN (empty = none asked for), MODE, SIZE_BYTES, SEED, FORMAT, and any other key of
 * `DEFAULTS` in upper case with underscores. At run time: `POST /_control` with a JSON patch; `GET /_requests` tells
 * what was asked, with a sha256 of each Authorization header, never the header.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { digestOf, exportBytes } from './bytes.mjs';
import { answerBadly } from './misbehave.mjs';

const DEFAULTS = {
  mode: 'sync',
  sizeBytes: 1024 * 1024,
  seed: 'seed',
  format: 'dump',
  /** Where a mode that breaks off does so. */
  abortAt: 0,
  /** For slow modes: bytes per chunk and milliseconds between chunks. */
  chunkBytes: 64 * 1024,
  pauseMs: 0,
  /** For async jobs: polls until it is done, and what it says. */
  polls: 2,
  retryAfter: '',
  status: 500,
  body: '{"error":"the database is away"}',
  location: '',
  capabilities: 'ok',
  estSize: null,
  url: '',
  /** Resumable downloads: how often the connection still breaks. */
  breaks: 0,
  /** Polls that are answered 503 before the job is told of. */
  busyPolls: 0,
};

/** @param {Partial<typeof DEFAULTS> & {token?: string, port?: number, host?: string}} options */
export async function startExportApp(options = {}) {
  const { token = '', port = 0, host = '127.0.0.1', ...config } = options;
  const app = {
    config: { ...DEFAULTS, ...config },
    token,
    requests: [],
    jobs: new Map(),
    nextJob: 1,
    sentBytes: 0,
  };
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    void handle(app, request, response).catch(() => response.destroy());
  });
  await new Promise((resolve, reject) =>
    server.once('error', reject).listen(port, host, () => resolve(undefined)),
  );
  const address = server.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    control: (patch) => void Object.assign(app.config, patch),
    requests: () => app.requests.map((entry) => ({ ...entry })),
    /** Bytes of exports that were handed to the socket. */
    sentBytes: () => app.sentBytes,
    /** Connections that are open now. */
    connections: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
    sha256: () => digestOf(app.config.seed, app.config.sizeBytes),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}

async function handle(app, request, response) {
  const url = new URL(request.url ?? '/', 'http://app');
  if (url.pathname === '/_control') return control(app, request, response);
  if (url.pathname === '/_requests')
    return json(response, 200, { requests: app.requests, sent_bytes: app.sentBytes });
  if (url.pathname === '/_health') return json(response, 200, { ok: true });
  const { authorization } = request.headers;
  app.requests.push({
    method: request.method,
    path: request.url,
    host: request.headers.host,
    range: request.headers.range ?? null,
    authorization:
      authorization === undefined ? null : createHash('sha256').update(authorization).digest('hex'),
  });
  request.resume();
  if (app.token !== '' && authorization !== `Bearer ${app.token}`)
    return json(response, 401, { error: 'the token is wrong' });
  const route = `${request.method} ${url.pathname.replace(/^.*(?=\/backup\/)/, '').replace(/\/jobs\/\d+/, '/jobs')}`;
  switch (route) {
    case 'GET /backup/capabilities':
      return capabilities(app, response);
    case 'POST /backup/export':
      return startExport(app, request, response);
    case 'GET /backup/jobs':
      return jobStatus(app, url, response);
    case 'DELETE /backup/jobs':
      app.jobs.delete(url.pathname);
      return json(response, 204, undefined);
    case 'GET /backup/download':
      return download(app, request, response);
    default:
      return json(response, 404, { error: 'there is nothing here' });
  }
}

async function control(app, request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  Object.assign(app.config, JSON.parse(Buffer.concat(chunks).toString('utf8')));
  json(response, 200, { ok: true });
}

export function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function capabilities({ config }, response) {
  if (config.capabilities === 'hang') return;
  if (config.capabilities === 'missing') return json(response, 404, { error: 'not here' });
  if (config.capabilities === 'html') return void response.end('<html>hello</html>');
  const size = config.estSize ?? config.sizeBytes;
  json(response, 200, { version: 'v1', types: ['db'], est_seconds: 1, est_size: size });
}

function startExport(app, request, response) {
  const { config } = app;
  if (config.mode.startsWith('async')) return startJob(app, request, response);
  return answerBadly(app, request, response) || sendExport(app, response, 200, {});
}

/** Headers of a well-behaved export. */
export function exportHeaders({ config }) {
  return {
    'content-type': 'application/octet-stream',
    'x-format': config.format,
    'x-size': String(config.sizeBytes),
    'x-checksum-sha256': digestOf(config.seed, config.sizeBytes),
  };
}

async function sendExport(app, response, status, extra) {
  const { config } = app;
  response.writeHead(status, { ...exportHeaders(app), 'content-length': String(config.sizeBytes), ...extra });
  await write(app, response, 0, config.sizeBytes);
  response.end();
}

/** Writes bytes `from` to `to` of the export at the reader's pace. */
export async function write(app, response, from, to) {
  const { seed, chunkBytes, pauseMs } = app.config;
  for (const chunk of exportBytes(seed, from, to, chunkBytes)) {
    if (response.destroyed) return;
    app.sentBytes += chunk.length;
    if (!response.write(chunk)) await roomIn(response);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function roomIn(response) {
  return new Promise((resolve) => {
    const goOn = () => {
      response.off('drain', goOn).off('close', goOn);
      resolve(undefined);
    };
    response.on('drain', goOn).on('close', goOn);
  });
}

function startJob(app, request, response) {
  const path = `${(request.url ?? '').replace(/\/export.*$/, '')}/jobs/${app.nextJob}`;
  app.nextJob += 1;
  app.jobs.set(path, { polls: 0 });
  const elsewhere = app.config.mode === 'async-foreign-status' ? app.config.url : '';
  json(response, 202, { job_id: String(app.nextJob - 1), status_url: `${elsewhere}${path}` });
}

function jobStatus(app, url, response) {
  const { config } = app;
  const job = app.jobs.get(url.pathname);
  if (job === undefined || config.mode === 'async-lost') return json(response, 404, { error: 'no such job' });
  if (config.busyPolls > 0) {
    config.busyPolls -= 1;
    return json(response, 503, { error: 'busy' });
  }
  if (config.mode === 'async-stall-status') return void response.writeHead(200).write('{"status":');
  job.polls += 1;
  const headers = config.retryAfter === '' ? {} : { 'retry-after': config.retryAfter };
  if (config.mode === 'async-garbage') return json(response, 200, { status: 'perhaps' });
  if (config.mode === 'async-failed')
    return json(response, 200, { status: 'failed', error: 'pg_dump: connection refused' });
  if (config.mode === 'async-stuck' || job.polls <= config.polls) {
    return json(response, 200, { status: 'running', progress: Math.min(99, job.polls * 20) }, headers);
  }
  const elsewhere = config.mode === 'async-foreign-download' ? config.url : '';
  const target = `${elsewhere}${url.pathname.replace(/\/jobs\/\d+$/, '')}/download`;
  json(response, 200, {
    status: 'done',
    progress: 100,
    ...(config.mode === 'async-no-download' ? {} : { download_url: target }),
  });
}

async function download(app, request, response) {
  const { config } = app;
  if (config.mode === 'async-expired') return json(response, 410, { error: 'the export has expired' });
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const breaks = config.breaks > 0;
  if (breaks) config.breaks -= 1;
  const plain = `"${config.seed}-${config.sizeBytes}"`;
  const etags = { 'async-changed': `"${Math.random()}"`, 'async-weak-etag': `W/${plain}` };
  const etag = etags[config.mode] ?? plain;
  const status = from > 0 && config.mode !== 'async-no-range' ? 206 : 200;
  const begin = status === 206 ? from : 0;
  response.writeHead(status, {
    ...(config.mode === 'async-weak-etag' ? {} : exportHeaders(app)),
    etag,
    'content-length': String(config.sizeBytes - begin),
    ...(status === 206
      ? { 'content-range': `bytes ${begin}-${config.sizeBytes - 1}/${config.sizeBytes}` }
      : {}),
  });
  if (breaks) {
    await write(app, response, begin, Math.min(config.sizeBytes, begin + Math.max(1, config.abortAt)));
    return void setTimeout(() => response.destroy(), 20);
  }
  await write(app, response, begin, config.sizeBytes);
  response.end();
}

/** `SIZE_BYTES=10` sets `sizeBytes` to 10. */
function fromEnvironment(environment) {
  const config = {};
  for (const [key, fallback] of Object.entries(DEFAULTS)) {
    const value = environment[key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()];
    if (value !== undefined)
      config[key] = typeof fallback === 'number' || fallback === null ? Number(value) : value;
  }
  return config;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const port = Number(process.env.PORT ?? 8080);
  const token = process.env.BACKUP_TOKEN ?? '';
  await startExportApp({ ...fromEnvironment(process.env), token, port, host: '::' });
  process.on('SIGTERM', () => process.exit(0)).on('SIGINT', () => process.exit(0));
}
