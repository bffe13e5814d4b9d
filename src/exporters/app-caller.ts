import type { IncomingMessage } from 'node:http';
import type { AppConfig } from '../config/app-config.js';
import { BackupFailure } from '../core/failure.js';
import type { ContainerLookup } from '../docker/docker.gateway.js';
import type { ExportSource } from './exporter.js';
import { callApp } from './http-call.js';
import { resolveTarget } from './resolve-target.js';
import type { AppTarget } from './resolve-target.js';
import { resolveToken } from './resolve-token.js';
import type { TokenSecrets } from './resolve-token.js';

export type CallLimits = Pick<AppConfig, 'connectTimeoutMs' | 'idleTimeoutMs'>;

const MOST_WORDS_MS = 30_000;

/** Calls one app; finds its address and token anew for every call. */
export class AppCaller {
  /** Longest wait for a short answer (JSON, an error's words) to be whole, in milliseconds. */
  readonly wordsTimeoutMs: number;
  private target: AppTarget | null = null;

  constructor(
    private readonly source: ExportSource,
    private readonly docker: ContainerLookup,
    private readonly limits: CallLimits,
    private readonly secrets: TokenSecrets,
  ) {
    this.wordsTimeoutMs = Math.min(MOST_WORDS_MS, limits.idleTimeoutMs);
  }

  /** @param path from the root, with query */
  async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    signal: AbortSignal,
    options: { headers?: Record<string, string>; answerTimeoutMs?: number } = {},
  ): Promise<IncomingMessage> {
    const target = await resolveTarget(this.source, this.docker);
    const token = await resolveToken(this.source, this.docker, this.secrets);
    this.target = target;
    const order = {
      ...target,
      method,
      path,
      token,
      connectTimeoutMs: this.limits.connectTimeoutMs,
      answerTimeoutMs: options.answerTimeoutMs ?? this.limits.idleTimeoutMs,
    };
    return callApp(
      options.headers === undefined ? order : { ...order, headers: options.headers },
      signal,
      () => this.confirm(target),
    );
  }

  /** Between finding its address and connecting to it the container may have gone, and another have got the address. */
  private async confirm(dialled: AppTarget): Promise<void> {
    const now = await resolveTarget(this.source, this.docker);
    if (now.address === dialled.address) return;
    throw new BackupFailure('app-unreachable', {
      detail: 'its address changed while it was connected to; nothing was sent',
    });
  }

  /** `/backup/export` below the app's base path. */
  endpoint(name: 'capabilities' | 'export' | 'restore' | 'verify'): string {
    const base =
      this.source.url === null
        ? this.source.settings.path.value
        : new URL(this.source.url).pathname.replace(/\/+$/, '');
    return `${base}/backup/${name}`;
  }

  /**
   * The path of an address that the app gave us, which must be on the app itself.
   * @throws contract-invalid
   */
  pathOf(url: string, field: string): string {
    const { target } = this;
    if (target === null) throw new Error('no call was made yet');
    const byAddress = originOf(target.scheme, target.address, target.port);
    // Docker takes names that no URL can have (`db.15` reads as a broken IPv4 address).
    const origin = parseUrl(`${target.scheme}://${target.hostName}:${target.port}`)?.origin ?? byAddress;
    const refused = new BackupFailure('contract-invalid', { detail: `${field} is not on the app itself` });
    if (/[\\\p{Cc}\s]/u.test(url)) throw refused;
    const parsed = parseUrl(url, `${origin}/`);
    if (parsed === null || parsed.username !== '' || parsed.password !== '') throw refused;
    // Docker names may have an underscore or capitals; both sides go through the same parser.
    if (parsed.origin !== origin && parsed.origin !== byAddress) throw refused;
    return `${parsed.pathname}${parsed.search}`;
  }
}

function originOf(scheme: string, address: string, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return new URL(`${scheme}://${host}:${port}`).origin;
}

function parseUrl(url: string, base?: string): URL | null {
  try {
    return new URL(url, base);
  } catch {
    return null;
  }
}
