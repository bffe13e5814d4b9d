import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupFailure, messageOf } from '../core/failure.js';

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
 * @throws docker-unavailable when one of them cannot be read
 */
export function connectionOptions(dockerHost: string, certPath: string | null): EngineAddress {
  // Without a `host` that says so, DOCKER_HOST of the environment beats the socket.
  if (dockerHost.startsWith('unix://'))
    return { host: undefined, socketPath: dockerHost.slice('unix://'.length) };
  const url = new URL(dockerHost.replace(/^tcp:/, 'http:'));
  const port = url.port === '' ? (certPath === null ? 2375 : 2376) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (certPath === null) return { protocol: 'http', host, port };
  const read = (name: string): Buffer => fileOf(certPath, name);
  return {
    protocol: 'https',
    host,
    port,
    ca: read('ca.pem'),
    cert: read('cert.pem'),
    key: read('key.pem'),
  };
}

function fileOf(certPath: string, name: string): Buffer {
  try {
    return readFileSync(join(certPath, name));
  } catch (error) {
    const why = (error as { code?: string }).code ?? messageOf(error);
    throw new BackupFailure('docker-unavailable', {
      detail: `${join(certPath, name)} cannot be read (${why}): DOCKER_CERT_PATH must be a folder with ca.pem, cert.pem and key.pem`,
    });
  }
}

const FOREIGN_AUTHORITY = /^(UNABLE_TO_(VERIFY|GET)|SELF_SIGNED|DEPTH_ZERO|CERT_UNTRUSTED|CERT_SIGNATURE)/;

/** What to do about TLS that did not come about; null = it was something else. */
function tlsAdvice(code: string, message: string, dockerHost: string): string | null {
  if (FOREIGN_AUTHORITY.test(code))
    return `the certificate of ${dockerHost} is not from the authority in ca.pem of DOCKER_CERT_PATH`;
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${dockerHost} has expired`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the certificate of ${dockerHost} is for another name: ${message}`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || /wrong version number/.test(message))
    return `${dockerHost} does not speak TLS: leave out DOCKER_CERT_PATH`;
  if (code.startsWith('ERR_OSSL'))
    return `ca.pem, cert.pem or key.pem in DOCKER_CERT_PATH is damaged, or they do not belong together (${code})`;
  if (/ALERT|HANDSHAKE/.test(code) || /alert/.test(message))
    return `${dockerHost} refused the certificate in cert.pem of DOCKER_CERT_PATH`;
  return null;
}

/** What to do about an engine that does not answer, by the error it gave. */
export function adviceFor(error: unknown, dockerHost: string, isTls = false): string {
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
  const tls = tlsAdvice(code ?? '', message, dockerHost);
  if (tls !== null) return tls;
  if (isTls && code === 'ECONNRESET')
    return `${dockerHost} closed the connection; with TLS that mostly means that it refused the certificate in cert.pem of DOCKER_CERT_PATH`;
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
