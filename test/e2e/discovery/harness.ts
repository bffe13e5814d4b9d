import { mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppChanges } from '../../../src/apps/app-changes.js';
import { AppOverride } from '../../../src/apps/app-override.entity.js';
import { App } from '../../../src/apps/app.entity.js';
import { AppsService } from '../../../src/apps/apps.service.js';
import { SecretKeeper } from '../../../src/apps/secret-keeper.js';
import { Secret, SecretGrant } from '../../../src/apps/secret.entity.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { SystemClock } from '../../../src/core/clock.js';
import { SecretsBox } from '../../../src/core/secrets-box.js';
import { dataSourceOptions } from '../../../src/db/data-source.js';
import { DockerodeGateway } from '../../../src/docker/dockerode.gateway.js';
import { ContainerStore } from '../../../src/discovery/container-store.js';
import { DiscoveryService, DiscoveryStores } from '../../../src/discovery/discovery.service.js';
import type { SeenContainer } from '../../../src/discovery/seen-container.js';
import type { Engine } from '../../bed/engine.js';
import { onEnd } from '../../bed/reaper.js';
import { until } from '../../bed/shell.js';

const KEY = 'k'.repeat(40);

/** The discovery of the agent with its real parts, and without the rest of the agent. */
export interface Discovery {
  docker: DockerodeGateway;
  apps(): Promise<App[]>;
  /** Waits for an app. */
  app(key: string, when?: (app: App) => boolean, timeoutMs?: number): Promise<App>;
  seen(name: string): SeenContainer | undefined;
  status(): ReturnType<DiscoveryService['status']>;
  /** When the row of each key was committed as active for the first time, by `performance.now()`. */
  activeAt: ReadonlyMap<string, number>;
  /** How many changes were written. */
  writes(): number;
  log: readonly string[];
  stop(): Promise<void>;
}

/** @param env beside what it needs; `RESYNC_S` is an hour, so that nothing is found by listing again unless a test wants it */
export async function startDiscovery(
  dockerHost: string,
  env: Record<string, string> = {},
): Promise<Discovery> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-discovery-'));
  const removeFolder = await onEnd({ remove: folder });
  const config = loadConfig({
    APP_SECRET_KEY: KEY, APP_ADMIN_PASS: 'correct horse battery', DATA_DIR: folder, DOCKER_HOST: dockerHost, RESYNC_S: '3600', MISSING_GRACE_S: '1', ...env,
  }); // prettier-ignore
  const log: string[] = [];
  const write = (message: unknown): void => void log.push(String(message));
  Logger.overrideLogger({ log: write, warn: write, error: write });
  const db = await new DataSource(
    dataSourceOptions(config, [App, AppOverride, Secret, SecretGrant]),
  ).initialize();
  const clock = new SystemClock();
  const activeAt = new Map<string, number>();
  const changes = new AppChanges(db, clock);
  const apply = changes.apply.bind(changes);
  let written = 0;
  changes.apply = async (all) => {
    await apply(all);
    written += all.length;
    for (const { key, fields } of all)
      if (fields.state === 'active' && !activeAt.has(key)) activeAt.set(key, performance.now());
  };
  const box = new SecretsBox(KEY);
  const docker = new DockerodeGateway(config, clock);
  const stores = new DiscoveryStores(
    new ContainerStore(docker, config),
    new AppsService(db, config, clock, box),
    changes,
    new SecretKeeper(db, config, clock, box),
  );
  const service = new DiscoveryService(docker, stores, config, clock);
  service.onApplicationBootstrap();
  const apps = (): Promise<App[]> => db.getRepository(App).find({ order: { key: 'ASC' } });
  return {
    docker, apps, activeAt, log,
    writes: () => written,
    status: () => service.status(),
    seen: (name) => service.seen().find((container) => container.name === name),
    app: (key, when = () => true, timeoutMs = 10_000) =>
      until(`the app ${key}`, async () => (await apps()).find((app) => app.key === key && when(app)) ?? null, timeoutMs, 20),
    stop: async () => {
      service.onModuleDestroy();
      docker.onModuleDestroy();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await db.destroy();
      await removeFolder();
    },
  }; // prettier-ignore
}

/** One call of the engine's API without its command line, which takes 30 ms and more. */
export async function engineCall(
  engine: Pick<Engine, 'host'>,
  method: string,
  path: string,
  body?: object,
): Promise<ReturnType<typeof JSON.parse>> {
  const text = await new Promise<string>((resolve, reject) => {
    const call = request(
      {
        socketPath: engine.host.replace('unix://', ''), method, path,
        headers: { host: 'docker', 'content-type': 'application/json' },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString('utf8');
          if ((response.statusCode ?? 500) < 400) resolve(answer);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
        });
      },
    ); // prettier-ignore
    call.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
  return text === '' ? null : JSON.parse(text);
}

/** When each container was started, by the events of the engine as a listener of its own gets them. */
export function listenToStarts(engine: Pick<Engine, 'host'>): { at: Map<string, number>; stop: () => void } {
  const at = new Map<string, number>();
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: ['start'] }));
  const call = request({
    socketPath: engine.host.replace('unix://', ''), path: `/events?filters=${filters}`, headers: { host: 'docker' },
  }); // prettier-ignore
  let rest = '';
  call.on('response', (response) =>
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const now = performance.now();
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) at.set(String(JSON.parse(line).Actor.Attributes.name), now);
    }),
  );
  call.on('error', () => undefined).end();
  return { at, stop: () => call.destroy() };
}

/** Runs `work` for each item, so many at a time. */
export async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;

/**
 * How much slower everything is because others want the processors too; 1 on a machine of our own. The limits of the
 * tests are for such a machine.
 */
export const slowness = (): number => Math.max(1, (loadavg()[0] ?? 1) / availableParallelism());

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** CPU time that a process has used, in ms: on a machine that is shared, the clock on the wall measures the others. */
export const cpuMsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
