import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { rootCertificates } from 'node:tls';
import type { AppConfig } from '../config/app-config.js';
import { BackupFailure, messageOf } from '../core/failure.js';

const DEADLINE_MS = 30_000;

/**
 * One HTTPS call with a JSON body, by the same proxy and authorities that rclone is given.
 * @throws destination-unreachable
 */
export async function postJson(
  config: Pick<AppConfig, 'rcloneProxy' | 'rcloneCaBundle'>,
  url: URL,
  bearer: string,
  body: object,
): Promise<{ status: number; text: string }> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const socket =
      config.rcloneProxy === null ? null : await tunnel(new URL(config.rcloneProxy), url, signal);
    const ca =
      config.rcloneCaBundle === null
        ? {}
        : { ca: [...rootCertificates, await readFile(config.rcloneCaBundle, 'utf8')] };
    const over = socket === null ? {} : { socket, agent: false as const };
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
    return await new Promise((resolve, reject) => {
      const sent = request(url, {
        method: 'POST',
        headers,
        signal,
        servername: url.hostname,
        ...ca,
        ...over,
      });
      sent.on('error', reject);
      sent.once('response', (response) => {
        buffer(response).then(
          (bytes) => resolve({ status: response.statusCode ?? 0, text: bytes.toString('utf8') }),
          reject,
        );
      });
      sent.end(JSON.stringify(body));
    });
  } catch (error) {
    throw new BackupFailure('destination-unreachable', { detail: messageOf(error) }, { cause: error });
  }
}

function tunnel(proxy: URL, to: URL, signal: AbortSignal): Promise<Socket> {
  const port = to.port === '' ? '443' : to.port;
  const user =
    proxy.username === ''
      ? {}
      : { auth: `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}` };
  return new Promise((resolve, reject) => {
    const ask = httpRequest({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: `${to.hostname}:${port}`,
      signal,
      ...user,
    });
    ask.on('error', reject);
    ask.once('connect', (response, socket) => {
      if (response.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new Error(`the proxy answered ${response.statusCode ?? 0}`));
    });
    ask.end();
  });
}
