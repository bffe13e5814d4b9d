import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startExportApp } from '../../test/bed/export-app/server.mjs';
import type { ExportApp, ExportAppConfig } from '../../test/bed/export-app/server.mjs';
import { defaultSettings } from '../apps/default-settings.js';
import { givenSecret } from '../apps/given-secrets.js';
import type { SecretKeeper } from '../apps/secret-keeper.js';
import { maySend } from '../apps/secret-owner.js';
import { effectiveSettings } from '../apps/effective-settings.js';
import type { SettingTexts } from '../apps/settings.js';
import { loadConfig } from '../config/load-config.js';
import { SystemClock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import type { FailureCode } from '../core/failure.js';
import { DockerGateway } from '../docker/docker.gateway.js';
import type { InspectedContainer } from '../docker/docker.gateway.js';
import type { ExportSource } from './exporter.js';
import { callApp } from './http-call.js';
import { HttpContractExporter } from './http-contract.exporter.js';

const TOKEN = 'canary-token-4711';
const BIG = 7 * 1024 * 1024 + 13;
const config = Object.assign(
  {},
  loadConfig({ APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'a-long-enough-pass' }),
  {
    connectTimeoutMs: 1000,
    idleTimeoutMs: 400,
    tokens: new Map([['ghost', TOKEN]]),
  },
);

/** An engine with one container whose address a spec decides. */
class OneContainer extends DockerGateway {
  container: Partial<InspectedContainer> | null = null;
  environment: Record<string, string> = {};

  override inspect(): Promise<InspectedContainer | null> {
    return Promise.resolve(this.container as InspectedContainer | null);
  }
  override environmentValue(_id: string, name: string): Promise<string | null> {
    return Promise.resolve(this.environment[name] ?? null);
  }
  override list(): never {
    throw new Error('not asked for here');
  }
  override imageLabels(): never {
    throw new Error('not asked for here');
  }
  override hints(): never {
    throw new Error('not asked for here');
  }
  override status() {
    return { connected: true, detail: '', apiVersion: '1.41' };
  }
}

const settingsWith = (texts: SettingTexts) =>
  effectiveSettings(
    texts,
    {},
    { ...defaultSettings(config), name: 'ghost', tokenRef: 'env:BACKUP_TOKEN' },
    { timeoutMs: 3_600_000, maxSizeBytes: 64 * 1024 * 1024 },
  );

async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 2000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const working = () => Promise.resolve();
const silent = { note: () => undefined, working };

describe('HttpContractExporter', () => {
  const docker = new OneContainer();
  const secrets: Pick<SecretKeeper, 'maySend' | 'valueOf'> = {
    maySend: async (owner, secret) => maySend(owner, secret, []),
    valueOf: (name) => givenSecret(name, config),
  };
  const exporter = new HttpContractExporter(docker, config, new SystemClock(), secrets as SecretKeeper);
  let app: ExportApp;
  let listener: { url: string; hits: number; close: () => void };

  beforeAll(async () => {
    app = await startExportApp({ token: TOKEN });
    const server = createServer((_request, response) => {
      listener.hits += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    listener = {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      hits: 0,
      close: () => server.close(),
    };
  });
  afterAll(async () => {
    listener.close();
    await app.close();
  });
  afterEach(() => {
    expect(listener.hits).toBe(0);
    app.control({
      mode: 'sync',
      sizeBytes: 1024 * 1024,
      abortAt: 0,
      chunkBytes: 65_536,
      pauseMs: 0,
      capabilities: 'ok',
      polls: 2,
      retryAfter: '0.01',
      status: 500,
      location: '',
      breaks: 0,
      busyPolls: 0,
      body: '{"error":"the database is away"}',
    });
  });

  const byHand = (texts: SettingTexts = {}): ExportSource => ({
    appId: '1', appName: 'ghost', containerId: null, containerName: null, url: `${app.url}/base`, token: TOKEN, project: null, service: null, pendingJob: null, settings: settingsWith(texts),
  }); // prettier-ignore
  const byLabel = (texts: SettingTexts = {}, owner: { project?: string; service?: string } = {}): ExportSource => ({
    ...byHand(texts), url: null, token: null, containerId: 'c1', project: owner.project ?? null, service: owner.service ?? null,
  }); // prettier-ignore

  /** Pulls a whole export; gives what was read or how it failed. */
  async function pull(source: ExportSource, signal = new AbortController().signal) {
    const notes: string[] = [];
    const hash = createHash('sha256');
    let sizeBytes = 0;
    let first = Buffer.alloc(0);
    try {
      const opened = await exporter.open(source, { note: (line) => void notes.push(line), working }, signal);
      for await (const chunk of opened.bytes as AsyncIterable<Buffer>) {
        if (sizeBytes === 0) first = Buffer.from(chunk);
        sizeBytes += chunk.length;
        hash.update(chunk);
      }
      return {
        ok: true as const,
        sizeBytes,
        sha256: hash.digest('hex'),
        declared: opened.declared(),
        early: opened.early,
        estimate: opened.estimatedBytes,
        notes,
        first,
      };
    } catch (error) {
      return {
        ok: false as const,
        code: (error as { code: FailureCode }).code,
        message: String(error),
        notes,
        sizeBytes,
      };
    }
  }
  const pullMode = (mode: Partial<ExportAppConfig>) => {
    app.control(mode);
    return pull(byHand());
  };

  it('pulls an export with its declaration', async () => {
    const got = await pullMode({ sizeBytes: BIG });
    expect(got).toMatchObject({
      ok: true, sizeBytes: BIG, sha256: app.sha256(), estimate: BIG,
      declared: { sizeBytes: BIG, sha256: app.sha256(), sha256From: 'header', format: 'dump' },
    }); // prettier-ignore
    const paths = app.requests().slice(-2);
    expect(paths.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /base/backup/capabilities',
      'POST /base/backup/export',
    ]);
    expect(
      paths.every(
        ({ authorization }) => authorization === createHash('sha256').update(`Bearer ${TOKEN}`).digest('hex'),
      ),
    ).toBe(true);
  });

  it.each([
    ['chunked', { sizeBytes: 1024 * 1024, sha256From: 'header' }],
    ['trailer', { sha256From: 'trailer' }],
    ['repr-digest', { sha256From: 'header' }],
    ['bare', { sizeBytes: 1024 * 1024 }],
    ['field', { format: 'tar.gz', fileName: '../../etc/site-2026.tar.gz' }],
    ['close-delimited-declared', { sizeBytes: 1024 * 1024 }],
  ])('%s: takes what is there', async (mode, declared) => {
    const got = await pullMode({ mode });
    expect(got).toMatchObject({ ok: true, sizeBytes: 1024 * 1024, declared });
    if (got.ok && got.declared.sha256 !== undefined) expect(got.declared.sha256).toBe(got.sha256);
  });

  it('hands out the bytes as they were sent, not inflated', async () => {
    const got = await pullMode({ mode: 'gzip', sizeBytes: 100_000 });
    expect(got.ok && gunzipSync(got.first).length).toBe(100_000);
    expect((await pullMode({ mode: 'gzip-bomb' })).sizeBytes).toBeLessThan(100_000);
  });

  it.each<[FailureCode, Partial<ExportAppConfig>]>([
    ['export-broken', { mode: 'abort-chunked', abortAt: 0 }],
    ['export-broken', { mode: 'abort-chunked', abortAt: 51_200 }],
    ['export-broken', { mode: 'abort-chunked', sizeBytes: BIG, abortAt: 7 * 1024 * 1024 }],
    ['export-broken', { mode: 'abort-chunked', abortAt: 1024 * 1024 }],
    ['export-broken', { mode: 'abort-sized', abortAt: 1024 * 1024 - 1 }],
    ['export-broken', { mode: 'length-too-long' }],
    ['export-unverifiable', { mode: 'close-delimited' }],
    ['export-unverifiable', { mode: 'close-delimited-reset' }],
    ['contract-invalid', { mode: 'sizes-differ' }],
    ['contract-invalid', { mode: 'bad-checksum' }],
    ['export-too-large', { mode: 'endless', chunkBytes: 65_536 }],
    ['app-idle', { mode: 'stall', abortAt: 100_000 }],
    ['app-too-slow', { mode: 'chunked', chunkBytes: 1, pauseMs: 40 }],
    ['app-timeout', { mode: 'no-answer' }],
    ['app-unreachable', { mode: 'reset' }],
    ['app-unreachable', { mode: 'garbage' }],
    ['app-unreachable', { mode: 'hang-up-mid-head' }],
    ['app-error', { mode: 'status', status: 500 }],
    ['app-error', { mode: 'status', status: 429 }],
    ['app-auth', { mode: 'status', status: 403 }],
    ['app-not-found', { mode: 'status', status: 404 }],
    ['app-not-found', { mode: 'status', status: 405 }],
    ['contract-invalid', { mode: 'status', status: 204 }],
    ['contract-invalid', { mode: 'not-json' }],
    ['contract-invalid', { mode: 'async-garbage' }],
    ['app-job-failed', { mode: 'async-failed' }],
    ['app-job-lost', { mode: 'async-lost' }],
    ['contract-invalid', { mode: 'async-no-download' }],
    ['app-error', { mode: 'async-expired' }],
    ['size-mismatch', { mode: 'length-too-short' }],
    ['app-error', { mode: 'stall-error' }],
    ['contract-invalid', { mode: 'web-page' }],
    ['app-unreachable', { mode: 'upgrade' }],
    ['app-timeout', { mode: 'async-stall-status' }],
    ['app-error', { mode: 'async', busyPolls: 99 }],
    ['export-broken', { mode: 'async-weak-etag', breaks: 1, abortAt: 100_000 }],
  ])(
    '%s: %j',
    async (code, mode) => {
      expect(await pullMode(mode)).toMatchObject({ ok: false, code });
    },
    20_000,
  );

  it('repeats the app’s own words, cut, without control characters', async () => {
    const words = 'no space\u001b[2J\n{"level":"error"}<img onerror=x>'.padEnd(5000, 'y');
    const got = await pullMode({ mode: 'status', status: 500, body: JSON.stringify({ error: words }) });
    expect(got.ok ? '' : got.message).toMatch(/^BackupFailure: [^\p{Cc}]{50,600}$/u);
  });

  it.each([301, 302, 307, 308])(
    'does not follow a redirect (%d): nothing reaches the other place',
    async (status) => {
      expect(await pullMode({ mode: 'status', status, location: `${listener.url}/steal` })).toMatchObject({
        ok: false,
        code: 'app-redirected',
      });
    },
  );

  it.each(['async-foreign-status', 'async-foreign-download'])(
    '%s: asks nobody but the app itself',
    async (mode) => {
      for (const url of [
        listener.url,
        listener.url.replace('http://', 'http://user@'),
        listener.url.replace('http:', ''),
      ]) {
        expect(await pullMode({ mode, url })).toMatchObject({ ok: false, code: 'contract-invalid' });
      }
    },
  );

  it('waits for an async export and downloads it, with notes of its progress', async () => {
    const got = await pullMode({ mode: 'async' });
    expect(got).toMatchObject({ ok: true, sha256: app.sha256() });
    expect(got.notes.join('\n')).toMatch(/the app works on the export[^]*running, 20 %/);
  });

  it('goes on with a broken download where it is the same export, and only there', async () => {
    const got = await pullMode({ mode: 'async', sizeBytes: BIG, breaks: 3, abortAt: 1024 * 1024 });
    expect(got).toMatchObject({ ok: true, sizeBytes: BIG, sha256: app.sha256() });
    expect(app.requests().filter(({ range }) => range !== null).length).toBeGreaterThanOrEqual(3);
    for (const mode of ['async-changed', 'async-no-range']) {
      expect(await pullMode({ mode, sizeBytes: BIG, breaks: 1, abortAt: 1024 * 1024 })).toMatchObject({
        ok: false,
        code: 'export-broken',
      });
    }
  });

  it('stops at once when the run is stopped, and tells the app to drop its job', async () => {
    app.control({ mode: 'async-stuck' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    const began = performance.now();
    expect((await pull(byHand(), stop.signal)).ok).toBe(false);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(app.requests().at(-1)).toMatchObject({ method: 'DELETE' });
  });

  it('waits on when a poll finds the app busy for a while', async () => {
    expect(await pullMode({ mode: 'async', busyPolls: 2 })).toMatchObject({ ok: true, sha256: app.sha256() });
  });

  it('refuses an export that says it is too large before a byte of it is read', async () => {
    const got = await pullMode({ sizeBytes: 65 * 1024 * 1024 });
    expect(got).toMatchObject({ ok: false, code: 'export-too-large', sizeBytes: 0 });
  });

  it('tells the app to drop its job when the download is given up', async () => {
    app.control({ mode: 'async', sizeBytes: BIG, pauseMs: 50 });
    const stop = new AbortController();
    const opened = await exporter.open(byHand(), silent, stop.signal);
    await expect(async () => {
      for await (const _chunk of opened.bytes) stop.abort();
    }).rejects.toThrow();
    await eventually(() => app.requests().at(-1)?.method === 'DELETE');
  });

  it.each([0, 100_000])(
    'leaves no connection open when its bytes are destroyed (after %d of a stalled export)',
    async (abortAt) => {
      await eventually(async () => (await app.connections()) === 0);
      app.control({ mode: 'stall', abortAt, sizeBytes: BIG });
      const { bytes } = await exporter.open(byHand(), silent, new AbortController().signal);
      if (abortAt > 0) {
        bytes.resume();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      bytes.destroy();
      await eventually(async () => (await app.connections()) === 0, 200);
    },
  );

  it.each(['missing', 'html', 'hang'] as const)(
    'goes on without capabilities (%s)',
    async (capabilities) => {
      app.control({ capabilities });
      const source = byHand();
      const limited = capabilities === 'hang' ? 11_000 : 5000;
      const began = performance.now();
      expect(await pull(source)).toMatchObject({ ok: true });
      expect(performance.now() - began).toBeLessThan(limited);
    },
    15_000,
  );

  it('does not take a slow reader for an idle app', async () => {
    app.control({ sizeBytes: 3 * 1024 * 1024 });
    const opened = await exporter.open(byHand(), silent, new AbortController().signal);
    let read = 0;
    for await (const chunk of opened.bytes as AsyncIterable<Buffer>) {
      if (read === 0) await new Promise((resolve) => setTimeout(resolve, 700));
      read += chunk.length;
    }
    expect(read).toBe(3 * 1024 * 1024);
  });

  describe('of a container', () => {
    const running = (patch: Partial<InspectedContainer> = {}): Partial<InspectedContainer> => ({
      state: 'running', name: 'ghost', networks: { backups_net: '127.0.0.1' }, exposedPorts: [app.port], ...patch,
    }); // prettier-ignore

    it.each<[FailureCode, () => Partial<InspectedContainer> | null]>([
      ['container-not-running', () => null],
      ['container-not-running', () => running({ state: 'exited' })],
      ['container-not-on-network', () => running({ networks: { other: '172.18.0.2' } })],
      ['address-forbidden', () => running()],
      ['address-forbidden', () => running({ networks: { backups_net: '169.254.169.254' } })],
      ['address-forbidden', () => running({ networks: { backups_net: '::1' } })],
      ['address-forbidden', () => running({ networks: { backups_net: 'fe80::1' } })],
      ['port-unknown', () => running({ networks: { backups_net: '192.0.2.1' }, exposedPorts: [80, 443] })],
      ['port-unknown', () => running({ networks: { backups_net: '192.0.2.1' }, exposedPorts: [] })],
    ])('%s, before anything is sent', async (code, container) => {
      docker.container = container();
      const before = app.requests().length;
      expect(await pull(byLabel())).toMatchObject({ ok: false, code });
      expect(app.requests().length).toBe(before);
    });

    it('does not send a token that no header can carry, and does not repeat it', async () => {
      docker.container = running({ networks: { backups_net: '192.0.2.1' } });
      docker.environment = { BACKUP_TOKEN: 'canary\nline-two' };
      const got = await pull(byLabel());
      expect(got).toMatchObject({ ok: false, code: 'token-missing' });
      expect(JSON.stringify(got)).not.toContain('canary');
    });

    it('32: sends nothing when its address is somebody else’s by the time it is connected to', async () => {
      // Without the rule against addresses of the agent itself: this machine has no other.
      const got: string[] = [];
      const server = createTcpServer((socket) => {
        socket.on('data', (data) => got.push(String(data))).on('error', () => undefined);
        docker.container = null;
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      for (const scheme of ['http', 'https'] as const) {
        const order = {
          method: 'GET' as const, scheme, address: '127.0.0.1', port: (server.address() as AddressInfo).port, hostName: 'ghost', path: '/', token: TOKEN,
          connectTimeoutMs: 1000, answerTimeoutMs: 1000,
        }; // prettier-ignore
        docker.container = running();
        const confirm = async (): Promise<void> => {
          await eventually(() => docker.container === null);
          throw new BackupFailure('container-not-running', { detail: 'it is gone' });
        };
        await expect(callApp(order, new AbortController().signal, confirm)).rejects.toMatchObject({
          code: 'container-not-running',
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(got).toEqual([]);
      server.close();
    });

    it('gets only a token that is its own', async () => {
      docker.container = running({ networks: { backups_net: '192.0.2.1' } });
      docker.environment = {};
      expect(await pull(byLabel())).toMatchObject({ ok: false, code: 'token-missing' });
      for (const owner of [{}, { project: 'other', service: 'web' }]) {
        expect(await pull(byLabel({ tokenRef: 'secret:ghost' }, owner))).toMatchObject({
          ok: false,
          code: 'token-not-allowed',
        });
      }
      expect(await pull(byLabel({ tokenRef: 'secret:nobody' }, { project: 'nobody' }))).toMatchObject({
        ok: false,
        code: 'token-missing',
      });
    });
  });
});
