import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Engine } from '../../bed/engine.js';

/** A proxy before an engine that counts what is asked, and misbehaves when told to. */
export interface EngineProxy {
  /** As for DOCKER_HOST. */
  host: string;
  requests: string[];
  /** From now on nothing is passed on, in either direction, and nothing is closed. */
  freeze(): void;
  thaw(): void;
  /** Streams of events are ended after this. */
  endEventsAfter(ms: number | null): void;
  /** The next answer to a call whose path matches is kept back, as it was, until it is released. */
  holdNext(path: RegExp): Held;
  /** Answers about containers are changed on the way, as another engine would give them. */
  rewrite(change: (text: string) => string): void;
  stop(): Promise<void>;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** An answer of the engine that has not arrived yet. */
export interface Held {
  /** Resolves when the engine has answered. */
  reached: Promise<void>;
  release(): void;
}

interface Hold {
  path: RegExp;
  reach: () => void;
  released: Promise<void>;
}

/** @param tls with it the proxy speaks TLS, and takes only those whose certificate is from `ca` */
export async function startEngineProxy(
  engine: Pick<Engine, 'host'>,
  tls: Pick<SecureContextOptions, 'key' | 'cert' | 'ca'> | null = null,
): Promise<EngineProxy> {
  const requests: string[] = [];
  let frozen = false;
  let endAfterMs: number | null = null;
  let change: ((text: string) => string) | null = null;
  const holds: Hold[] = [];
  const holdNext = (path: RegExp): Held => {
    let reach = (): void => undefined;
    let release = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    holds.push({ path, reach: () => reach(), released });
    return { reached, release: () => release() };
  };
  const passHeld = async (path: string): Promise<void> => {
    const index = holds.findIndex((hold) => hold.path.test(path));
    const [hold] = index === -1 ? [] : holds.splice(index, 1);
    hold?.reach();
    await hold?.released;
  };

  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    requests.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    if (frozen) return;
    const call = request(
      {
        socketPath: engine.host.replace('unix://', ''), method: incoming.method, path: incoming.url,
        headers: { ...incoming.headers, host: 'docker' },
      },
      (answer) => void passHeld(incoming.url ?? '').then(async () => {
        if (change !== null && /\/containers\/.*json/.test(incoming.url ?? '')) {
          const { 'content-length': _length, ...headers } = answer.headers;
          outgoing.writeHead(answer.statusCode ?? 502, headers).end(change(await textOf(answer)));
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        // Frozen, the bytes get lost on the way.
        answer.on('data', (chunk: Buffer) => frozen || outgoing.write(chunk));
        answer.on('end', () => frozen || outgoing.end());
        if (incoming.url?.includes('/events') === true && endAfterMs !== null)
          setTimeout(() => frozen || outgoing.end(), endAfterMs).unref();
      }),
    ); // prettier-ignore
    call.on('error', () => frozen || outgoing.destroy());
    outgoing.on('close', () => call.destroy());
    call.end();
  };
  const server = (
    tls === null
      ? createServer(pass)
      : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, pass)
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `tcp://${tls === null ? '127.0.0.1' : 'localhost'}:${port}`,
    requests,
    freeze: () => (frozen = true),
    thaw: () => (frozen = false),
    endEventsAfter: (ms) => (endAfterMs = ms),
    holdNext,
    rewrite: (by) => (change = by),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
