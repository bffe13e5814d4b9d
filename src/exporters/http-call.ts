import { request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { BackupFailure, messageOf } from '../core/failure.js';

const MOST_JSON_BYTES = 256 * 1024;
const MOST_ERROR_CHARS = 300;

/** One request to an app. `host` is the address that is dialled, taken from the engine right before. */
export interface AppRequest {
  method: 'GET' | 'POST' | 'DELETE';
  scheme: 'http' | 'https';
  /** Address without brackets. */
  address: string;
  port: number;
  /** Name for the Host header and, with https, for the certificate. */
  hostName: string;
  /** Path with query, from the root. */
  path: string;
  token: string | null;
  headers?: Readonly<Record<string, string>>;
  connectTimeoutMs: number;
  /** Longest wait for the answer to begin. */
  answerTimeoutMs: number;
}

/**
 * Sends one request and resolves with the answer's head. No redirect is followed, no proxy variable is read
 * (node:http knows none), no encoding is undone.
 * @param confirm rejects when whoever was connected to is not who is meant: then not a byte is sent
 * @throws app-unreachable, app-timeout, and whatever `confirm` throws
 */
export async function callApp(
  order: AppRequest,
  signal: AbortSignal,
  confirm: () => Promise<void> = () => Promise.resolve(),
): Promise<IncomingMessage> {
  const socket = await connectTo(order, signal);
  try {
    await confirm();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  // Sending on a dead socket would wait for an answer.
  if (socket.destroyed) throw unreachable(new Error('the app closed the connection before it was asked'));
  return send(order, socket, signal);
}

const unreachable = (error: unknown): BackupFailure =>
  error instanceof BackupFailure
    ? error
    : new BackupFailure('app-unreachable', { detail: messageOf(error) }, { cause: error });

/** A connection of its own: an address that another container has by now must not be met in a pool. */
function connectTo(order: AppRequest, signal: AbortSignal): Promise<Socket> {
  const { address, port, connectTimeoutMs } = order;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, signal });
    const late = new BackupFailure('app-timeout', { detail: `no connection within ${connectTimeoutMs} ms` });
    const timer = setTimeout(() => void socket.destroy(late), connectTimeoutMs);
    socket.once('connect', () => resolve(socket)).once('close', () => clearTimeout(timer));
    socket.once('connect', () => clearTimeout(timer));
    // Stays for as long as the socket lives: without a listener an error would end the process.
    socket.on('error', (error) => reject(unreachable(error)));
  });
}

function send(order: AppRequest, socket: Socket, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isTls = order.scheme === 'https';
    const options = {
      ...optionsOf(order, signal),
      createConnection: () => (isTls ? secured(socket, order) : socket),
    };
    const request = isTls ? httpsRequest(options) : httpRequest(options);
    const late = new BackupFailure('app-timeout', { detail: `no answer within ${order.answerTimeoutMs} ms` });
    const timer = setTimeout(() => void request.destroy(late), order.answerTimeoutMs);
    const refuse = (error: unknown): void => {
      clearTimeout(timer);
      reject(unreachable(error));
    };
    request.once('response', (response) => {
      clearTimeout(timer);
      request.on('error', (error) => refuseSurplus(error, response));
      resolve(response);
    });
    // Also after the answer has begun: an error without a listener would end the process; the body's reader sees it too.
    request.on('error', refuse);
    // An unasked switch of protocols (101) closes the request without an error.
    request.once('close', () => refuse(new Error('the app closed the connection without an answer')));
    request.end();
  });
}

/** The certificate is checked against the container's name, and against the address where there is none. */
const secured = (socket: Socket, { address, hostName }: AppRequest): Socket =>
  connectTls({
    socket,
    host: address,
    servername: isAddress(hostName) ? '' : hostName,
    ALPNProtocols: ['http/1.1'],
  });

/** Node parses on behind a Content-Length that was too short: the one sign that the app sent more than it declared. */
function refuseSurplus(error: Error & { code?: string }, response: IncomingMessage): void {
  if (!response.complete || error.code?.startsWith('HPE_') !== true) return;
  response.destroy(
    new BackupFailure('size-mismatch', { detail: 'more bytes came than Content-Length says' }),
  );
}

function optionsOf(order: AppRequest, signal: AbortSignal): RequestOptions {
  const isDefaultPort = order.port === (order.scheme === 'https' ? 443 : 80);
  const headers: Record<string, string> = {
    host: isDefaultPort ? order.hostName : `${order.hostName}:${order.port}`,
    'user-agent': 'backup-orchestrator',
    accept: '*/*',
    ...order.headers,
  };
  if (order.token !== null) headers['authorization'] = `Bearer ${order.token}`;
  if (order.method === 'POST') headers['content-length'] = '0';
  return {
    method: order.method,
    host: order.address,
    port: order.port,
    path: order.path,
    headers,
    signal,
  };
}

const isAddress = (host: string): boolean => isIP(host.replace(/^\[|\]$/g, '')) !== 0;

/**
 * Refuses every answer that is not one of `wanted`, with the app's own words.
 * @param limitMs longest wait for these words
 * @throws app-redirected, app-auth, app-not-found, app-error
 */
export async function expectStatus(
  response: IncomingMessage,
  wanted: readonly number[],
  limitMs: number,
): Promise<void> {
  const status = response.statusCode ?? 0;
  if (wanted.includes(status)) return;
  const detail = `${status}${await wordsOf(response, limitMs)}`;
  if (status >= 300 && status < 400) throw new BackupFailure('app-redirected', { detail: String(status) });
  if (status === 401 || status === 403) throw new BackupFailure('app-auth', { detail });
  if (status === 404 || status === 405 || status === 501)
    throw new BackupFailure('app-not-found', { detail });
  if (status >= 200 && status < 300)
    throw new BackupFailure('contract-invalid', { detail: `unexpected status ${status}` });
  throw new BackupFailure('app-error', { detail });
}

/** The `error` of a JSON answer, or the beginning of any other text; untrusted, cut, redacted by the failure. */
async function wordsOf(response: IncomingMessage, limitMs: number): Promise<string> {
  const text = await readText(response, limitMs).catch(() => '');
  const parsed = parseJson(text);
  const said =
    typeof parsed === 'object' && parsed !== null && 'error' in parsed ? String(parsed.error) : text;
  return said.trim() === '' ? '' : `: ${said.trim().slice(0, MOST_ERROR_CHARS)}`;
}

/** @throws contract-invalid when it is not a JSON object, app-timeout when it is not there within `limitMs` */
export async function readJson(
  response: IncomingMessage,
  what: string,
  limitMs: number,
): Promise<Record<string, unknown>> {
  const parsed = parseJson(await readText(response, limitMs));
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
    return parsed as Record<string, unknown>;
  throw new BackupFailure('contract-invalid', { detail: `${what} is not a JSON object` });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readText(response: IncomingMessage, limitMs: number): Promise<string> {
  const late = new BackupFailure('app-timeout', { detail: `a short answer took longer than ${limitMs} ms` });
  const timer = setTimeout(() => void response.destroy(late), limitMs);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_JSON_BYTES)
        throw new BackupFailure('contract-invalid', { detail: 'a JSON answer is larger than 256 KiB' });
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BackupFailure) throw error;
    throw new BackupFailure(
      'app-unreachable',
      { detail: `the answer broke off: ${messageOf(error)}` },
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}
