import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where an engine is reached, as its client wants to be told. */
export type EngineAddress =
  | { host: undefined; socketPath: string }
  | {
      protocol: 'http' | 'https';
      host: string;
      port: number;
      ca?: Buffer;
      cert?: Buffer;
      key?: Buffer;
    };

/**
 * Connection options from `DOCKER_HOST`, read by ourselves: the client would let the environment beat its own options.
 * @param certPath folder with ca.pem, cert.pem and key.pem for tcp with TLS; null = without
 */
export function connectionOptions(dockerHost: string, certPath: string | null): EngineAddress {
  // Without a `host` that says so, DOCKER_HOST of the environment beats the socket.
  if (dockerHost.startsWith('unix://'))
    return { host: undefined, socketPath: dockerHost.slice('unix://'.length) };
  const url = new URL(dockerHost.replace(/^tcp:/, 'http:'));
  const port = url.port === '' ? (certPath === null ? 2375 : 2376) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (certPath === null) return { protocol: 'http', host, port };
  const read = (name: string): Buffer => readFileSync(join(certPath, name));
  return {
    protocol: 'https',
    host,
    port,
    ca: read('ca.pem'),
    cert: read('cert.pem'),
    key: read('key.pem'),
  };
}

/** What to do about an engine that does not answer, by the error it gave. */
export function adviceFor(error: unknown, dockerHost: string): string {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const message =
    error instanceof Error
      ? error.message
          .replace(/<[^>]*>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim()
          .slice(0, 200)
      : String(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return `no permission for ${dockerHost}: add the group that owns the socket (stat -c %g …) to the agent with group_add`;
  }
  if (code === 'ENOENT')
    return `there is no ${dockerHost}: mount the socket (better: its folder) or set DOCKER_HOST`;
  if (code === 'ECONNREFUSED') {
    return `nobody listens on ${dockerHost}: is the engine running? A mounted socket file stays dead after a restart of the engine; mount its folder`;
  }
  if (statusCode === 403)
    return `the socket proxy refused a call: allow GET on _ping, version, info, events, containers, networks and images (${message})`;
  if (/too (new|old)/i.test(message)) return `the engine does not speak our API version: ${message}`;
  return message;
}
