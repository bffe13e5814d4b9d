import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  stop(): Promise<void>;
}

export async function startEngineProxy(engine: Pick<Engine, 'host'>): Promise<EngineProxy> {
  const requests: string[] = [];
  let frozen = false;
  let endAfterMs: number | null = null;

  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    requests.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    if (frozen) return;
    const call = request(
      {
        socketPath: engine.host.replace('unix://', ''), method: incoming.method, path: incoming.url,
        headers: { ...incoming.headers, host: 'docker' },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        // Frozen, the bytes get lost on the way.
        answer.on('data', (chunk: Buffer) => frozen || outgoing.write(chunk));
        answer.on('end', () => frozen || outgoing.end());
        if (incoming.url?.includes('/events') === true && endAfterMs !== null)
          setTimeout(() => frozen || outgoing.end(), endAfterMs).unref();
      },
    ); // prettier-ignore
    call.on('error', () => frozen || outgoing.destroy());
    outgoing.on('close', () => call.destroy());
    call.end();
  };
  const server = createServer(pass).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `tcp://127.0.0.1:${port}`,
    requests,
    freeze: () => (frozen = true),
    thaw: () => (frozen = false),
    endEventsAfter: (ms) => (endAfterMs = ms),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
