import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { ClientRequest } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestBody } from './request-body.js';

const KIB = 1024;
const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server that takes bytes and answers nothing. */
async function taking(onSocket: (socket: Socket) => void): Promise<ClientRequest> {
  const server = createServer(onSocket).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sent = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    agent: false,
    headers: { 'transfer-encoding': 'chunked' },
  });
  sent.on('error', () => undefined);
  return sent;
}

/** The body of a chunked request. */
function unframed(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = raw.indexOf('\r\n\r\n') + 4;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at);
    const size = parseInt(raw.toString('latin1', at, lineEnd), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size));
    expect(raw.toString('latin1', lineEnd + 2 + size, lineEnd + 4 + size)).toBe('\r\n');
    at = lineEnd + 4 + size;
  }
}

/** @param lateMs how long the server takes nothing at first */
async function sendAll(pieces: readonly Buffer[], lateMs = 0): Promise<{ body: Buffer; calls: number }> {
  const raw: Buffer[] = [];
  const sent = await taking((socket) => {
    socket.on('data', (data: Buffer) => raw.push(data)).pause();
    setTimeout(() => socket.resume(), lateMs);
  });
  let calls = 0;
  sent.once('socket', (socket) => {
    const writev = socket._writev?.bind(socket);
    socket._writev = (...given) => {
      calls += 1;
      writev?.(...given);
    };
  });
  await pipeline(Readable.from(pieces), new RequestBody(sent));
  sent.end();
  const isWhole = (): boolean => Buffer.concat(raw.slice(-2)).toString('latin1').endsWith('\r\n0\r\n\r\n');
  while (!isWhole()) await new Promise((done) => setTimeout(done, 1));
  sent.destroy();
  return { body: unframed(Buffer.concat(raw)), calls };
}

describe('the body of a request', () => {
  it('carries each byte once and in order, whatever the pieces are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 200 * KIB }), { maxLength: 40 }), async (sizes) => {
        const pieces = sizes.map((size) => randomBytes(size));
        const { body } = await sendAll(pieces);
        expect(body.equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('sends what gathers while the other side is slow in few calls', async () => {
    const pieces = Array.from({ length: 256 }, () => randomBytes(64 * KIB));
    const { body, calls } = await sendAll(pieces, 200);
    const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(hash(body)).toBe(hash(Buffer.concat(pieces)));
    // Each by itself would be 256; up to 1 MiB is gathered, once the buffers of both sockets are full.
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(64);
  });

  it('holds no more than it gathers while nobody takes it', async () => {
    const sent = await taking((socket) => void socket.pause());
    let given = 0;
    const endless = new Readable({
      read(): void {
        given += 64 * KIB;
        this.push(Buffer.alloc(64 * KIB));
      },
    });
    const done = pipeline(endless, new RequestBody(sent));
    done.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // Two gatherings, and what the buffers of both sockets take.
    expect(given).toBeLessThan(16 * KIB * KIB);
    const before = given;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(given).toBe(before);
    sent.destroy();
    await expect(done).rejects.toThrow();
  });

  it('fails when the connection goes away, and takes nothing more from its source', async () => {
    const sent = await taking((socket) => void socket.once('data', () => socket.destroy()));
    const endless = new Readable({
      read(): void {
        this.push(Buffer.alloc(64 * KIB));
      },
    });
    await expect(pipeline(endless, new RequestBody(sent))).rejects.toThrow();
    expect(endless.destroyed).toBe(true);
  });
});
