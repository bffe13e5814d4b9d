import { gzipSync } from 'node:zlib';
import { digestOf } from './bytes.mjs';
import { exportHeaders, json, write } from './server.mjs';

const wrongDigest = 'f'.repeat(64);

/** Every way not to send an export, by `mode`; @returns false when the app is to behave. */
export function answerBadly(app, request, response) {
  const mode = MODES[app.config.mode];
  if (mode === undefined) return false;
  return mode(app, request, response) ?? true;
}

const sized = (app) => ({ ...exportHeaders(app), 'content-length': String(app.config.sizeBytes) });
const without = (headers, ...names) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

async function sendAll(app, response, headers, trailers) {
  response.writeHead(200, headers);
  await write(app, response, 0, app.config.sizeBytes);
  if (trailers !== undefined) response.addTrailers(trailers);
  response.end();
}

/** Sends `count` bytes and resets the connection. */
async function breakOff(app, response, headers, count) {
  response.writeHead(200, headers);
  response.flushHeaders();
  await write(app, response, 0, count);
  // What was written has to arrive before the reset, or the reader sees less than was promised to the test.
  setTimeout(() => response.socket?.resetAndDestroy(), 50);
}

/** Raw bytes on the socket, past Node's own framing. */
async function raw(app, response, head, count) {
  const socket = response.socket;
  socket.write(head);
  for (let at = 0; at < count; at += 65_536) {
    const chunk = Buffer.alloc(Math.min(65_536, count - at), 'r');
    if (!socket.write(chunk))
      await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
  return socket;
}

const MODES = {
  /** Chunked, cut by a reset after `abortAt` bytes. */
  'abort-chunked': (app, _request, response) =>
    void breakOff(app, response, exportHeaders(app), app.config.abortAt),
  /** With Content-Length, cut by a reset after `abortAt` bytes. */
  'abort-sized': (app, _request, response) => void breakOff(app, response, sized(app), app.config.abortAt),
  'length-too-long': (app, _request, response) =>
    void breakOff(
      app,
      response,
      { 'content-length': String(app.config.sizeBytes + 10) },
      app.config.sizeBytes,
    ),
  'size-too-long': (app, _request, response) =>
    void sendAll(app, response, {
      ...without(exportHeaders(app), 'x-checksum-sha256'),
      'x-size': String(app.config.sizeBytes + 10),
    }),
  'size-too-short': (app, _request, response) =>
    void sendAll(app, response, {
      ...without(exportHeaders(app), 'x-checksum-sha256'),
      'x-size': String(app.config.sizeBytes - 10),
    }),
  'sizes-differ': (app, _request, response) => void sendAll(app, response, { ...sized(app), 'x-size': '1' }),
  'length-too-short': async (app, _request, response) => {
    const socket = await raw(app, response, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', 50);
    socket.end();
  },
  /** No length, no chunks: ends by closing. */
  'close-delimited': async (app, _request, response) => {
    const socket = await raw(
      app,
      response,
      'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
      app.config.sizeBytes,
    );
    socket.end();
  },
  'close-delimited-reset': async (app, _request, response) => {
    const socket = await raw(
      app,
      response,
      'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
      app.config.sizeBytes,
    );
    setTimeout(() => socket.resetAndDestroy(), 50);
  },
  /** The same, but it says what is coming, and keeps it or (by `abortAt`) does not. */
  'close-delimited-declared': async (app, _request, response) => {
    const { sizeBytes, abortAt } = app.config;
    const socket = await raw(
      app,
      response,
      `HTTP/1.1 200 OK\r\nConnection: close\r\nX-Size: ${sizeBytes}\r\n\r\n`,
      abortAt === 0 ? sizeBytes : abortAt,
    );
    socket.end();
  },
  'wrong-checksum': (app, _request, response) =>
    void sendAll(app, response, { ...sized(app), 'x-checksum-sha256': wrongDigest }),
  'bad-checksum': (app, _request, response) =>
    void sendAll(app, response, { ...sized(app), 'x-checksum-sha256': 'md5 perhaps' }),
  trailer: (app, _request, response) =>
    sendWithTrailer(app, response, digestOf(app.config.seed, app.config.sizeBytes)),
  'wrong-trailer': (app, _request, response) => sendWithTrailer(app, response, wrongDigest),
  'repr-digest': (app, _request, response) => {
    const digest = Buffer.from(digestOf(app.config.seed, app.config.sizeBytes), 'hex').toString('base64');
    void sendAll(app, response, {
      ...without(sized(app), 'x-checksum-sha256'),
      'repr-digest': `sha-256=:${digest}:`,
    });
  },
  /** As known apps in the field do it. */
  field: (app, _request, response) =>
    void sendAll(app, response, {
      'x-backup-format': 'tar.gz',
      'content-disposition': 'attachment; filename="../../etc/site-2026.tar.gz"',
    }),
  chunked: (app, _request, response) => void sendAll(app, response, exportHeaders(app)),
  bare: (app, _request, response) =>
    void sendAll(app, response, { 'content-length': String(app.config.sizeBytes) }),
  empty: (_app, _request, response) => void response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(),
  'empty-declared': (app, _request, response) =>
    void response.writeHead(200, { 'x-size': '0', 'content-length': '0' }).end(),
  endless: (app, _request, response) => {
    response.writeHead(200, { 'x-format': 'dump' });
    void write(app, response, 0, Number.MAX_SAFE_INTEGER);
  },
  /** `abortAt` bytes, then silence. */
  stall: async (app, _request, response) => {
    response.writeHead(200, exportHeaders(app));
    response.flushHeaders();
    await write(app, response, 0, app.config.abortAt);
  },
  'no-answer': () => undefined,
  reset: (_app, _request, response) => void response.socket?.resetAndDestroy(),
  status: (app, _request, response) => {
    const headers = {
      'content-type': 'application/json',
      ...(app.config.location === '' ? {} : { location: app.config.location }),
    };
    response.writeHead(app.config.status, headers).end(app.config.body);
  },
  /** An error whose words never end: a megabyte was promised, a few bytes come. */
  'stall-error': (_app, _request, response) => {
    response.writeHead(500, { 'content-length': '1000000' }).write('{"error":"wait');
  },
  /** What a catch-all route or a login page answers. */
  'web-page': (_app, _request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': '18' });
    response.end('<html>hello</html>');
  },
  /** Switches to another protocol, unasked. */
  upgrade: (_app, _request, response) =>
    void response.socket?.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    ),
  gzip: (app, _request, response) => {
    const body = gzipSync(Buffer.alloc(app.config.sizeBytes, 'z'));
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(body.length) }).end(body);
  },
  'gzip-bomb': (_app, _request, response) => {
    const body = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    response
      .writeHead(200, {
        'content-encoding': 'gzip',
        'x-format': 'gzip',
        'content-length': String(body.length),
      })
      .end(body);
  },
  'hang-up-mid-head': (_app, _request, response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\nX-Si');
    response.socket?.destroy();
  },
  garbage: (_app, _request, response) => void response.socket?.end('I am not HTTP\r\n\r\n'),
  'not-json': (_app, _request, response) => void json(response, 202, 'accepted, I think'),
};

function sendWithTrailer(app, response, digest) {
  const headers = {
    ...without(exportHeaders(app), 'x-checksum-sha256', 'x-size'),
    trailer: 'X-Checksum-SHA256',
  };
  void sendAll(app, response, headers, { 'X-Checksum-SHA256': digest });
}
