import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runContainer } from '../bed/containers.js';
import { startEngine } from '../bed/engine.js';
import type { PrivateEngine } from '../bed/engine.js';
import { makeImages } from '../bed/images.js';
import { ROOT } from '../bed/setup/places.mjs';
import { run, until } from '../bed/shell.js';
import { prepareStack } from './compose.js';
import type { Stack } from './compose.js';
import { buildEnvironment, makeStandIns } from './stand-ins.js';

const MINUTE_MS = 60_000;
const TOKEN = 'token-of-the-sample-app';

/** What the asserted answers have between them. */
interface Body {
  items: { id: string; key: string; state: string; object_key: string; size_bytes: number }[];
  status_url: string;
  state: string;
  outcome: string;
  error: unknown;
}

let engine: PrivateEngine;
let stack: Stack;

async function api(method: string, path: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${stack.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${stack.apiToken}` },
  });
  return { status: response.status, body: (await response.json()) as Body };
}

/** Asks the proxy as the agent does, from inside the agent's container. @returns the status of each "METHOD path" */
async function askProxy(...requests: string[]): Promise<Record<string, number>> {
  const script = `
    const http = require('node:http');
    const ask = (line) => new Promise((resolve) => {
      const [method, path] = line.split(' ');
      const request = http.request({ host: 'docker-proxy', port: 2375, method, path }, (answer) => { resolve([line, answer.statusCode]); answer.destroy(); });
      request.on('error', (error) => resolve([line, error.code]));
      request.end();
    });
    Promise.all(${JSON.stringify(requests)}.map(ask)).then((all) => { console.log(JSON.stringify(Object.fromEntries(all))); process.exit(0); });`;
  const { stdout } = await stack.exec('node', '-e', script);
  return JSON.parse(stdout) as Record<string, number>;
}

const allWith = (status: number, requests: string[]): Record<string, number> =>
  Object.fromEntries(requests.map((request) => [request, status]));

beforeAll(async () => {
  // Never a user's engine: the stand-ins carry the names of real images.
  engine = await startEngine();
  await makeStandIns(engine);
  await run('docker', ['build', '-t', 'backup-orchestrator', ROOT], { env: buildEnvironment(engine) });
  stack = await prepareStack(engine);
  await stack.up();
}, 15 * MINUTE_MS);

afterAll(async () => {
  await engine.stop();
}, MINUTE_MS);

describe('the composed stack', () => {
  it(
    'becomes healthy',
    async () => {
      const health = await until('a healthy agent', async () => {
      const status = await engine.docker(['inspect', '-f', '{{.State.Health.Status}}', 'backup-orchestrator']);
      return status === 'starting' ? null : status;
    }, 90_000, 500); // prettier-ignore
      expect(health).toBe('healthy');
    },
    2 * MINUTE_MS,
  );

  it('runs as a user without rights on a read-only root, with the rclone of the image', async () => {
    expect((await stack.exec('id', '-u')).stdout).toBe('1000');
    expect((await stack.exec('sh', '-c', 'echo x > /app/x')).code).not.toBe(0);
    expect((await stack.exec('grep', 'CapEff', '/proc/1/status')).stdout).toMatch(/CapEff:\s+0{16}/);
    expect((await stack.exec('rclone', 'version')).stdout).toContain('rclone v1.');
    expect((await stack.exec('cat', '/proc/1/comm')).stdout).toBe('tini');
  });

  it('keeps what `rclone config` writes in the folder that people know', async () => {
    const made = await stack.exec(
      'rclone',
      'config',
      'create',
      'disk',
      'alias',
      'remote',
      '/local-directories',
    );
    expect(made).toMatchObject({ code: 0 });
    expect(readFileSync(join(stack.folder, 'rcloneConfig/rclone.conf'), 'utf8')).toContain('[disk]');
  });

  it(
    'backs a labelled container up into a host folder and proves it',
    async () => {
      const { app } = await makeImages(engine);
      await runContainer(engine, {
        image: app,
        name: 'sample',
        env: { BACKUP_TOKEN: TOKEN, SIZE_BYTES: '2000000' },
        labels: { 'backup.enable': 'true', 'backup.id': 'sample', 'backup.destinations': 'disk' },
      });
      const found = await until('the discovery of the sample app', async () => {
        const { body } = await api('GET', '/api/apps');
        return body.items.find((item) => item.key === 'id:sample') ?? null;
      });
      const started = await api('POST', `/api/apps/${found.id}/backups`);
      expect(started.status).toBe(202);
      const end = async () => {
        const { body } = await api('GET', started.body.status_url);
        return body.state === 'finished' ? body : null;
      };
      // On a busy machine the sample app may not listen yet: then the run is tried again by itself after a minute.
      const job = await until('the end of the job', end, 2 * MINUTE_MS);
      expect(job).toMatchObject({ outcome: 'succeeded', error: null });
      const { body } = await api('GET', `/api/apps/${found.id}/backups`);
      expect(body.items).toMatchObject([{ size_bytes: 2_000_000, state: 'verified' }]);
      const file = join(stack.folder, 'datosPersistentes/local-directories', body.items[0]!.object_key);
      expect(readFileSync(file)).toHaveLength(2_000_000);
    },
    4 * MINUTE_MS,
  );

  it(
    'keeps its data when its container is made anew',
    async () => {
      await stack.up('--force-recreate');
      const apps = await until(
        'the agent to answer again',
        async () => (await api('GET', '/api/apps')).body.items,
      );
      expect(apps).toMatchObject([{ key: 'id:sample' }]);
      expect(existsSync(join(stack.folder, 'rcloneConfig/rclone.conf'))).toBe(true);
    },
    MINUTE_MS,
  );
});

describe('the socket proxy', () => {
  it('lets through what discovery reads', async () => {
    const allowed = [
      'GET /_ping', 'HEAD /_ping', 'GET /version', 'GET /info', 'GET /events', 'GET /v1.41/_ping', 'GET /containers/json', 'GET /v1.41/containers/json?all=1',
      'GET /containers/sample/json', 'GET /networks', 'GET /networks/backups_net', 'GET /images/backup-orchestrator/json',
    ]; // prettier-ignore
    expect(await askProxy(...allowed)).toEqual(allWith(200, allowed));
  });

  it('refuses everything else', async () => {
    const refused = [
      'GET /containers/sample/archive?path=/', 'HEAD /containers/sample/archive?path=/', 'GET /containers/sample/export', 'GET /containers/sample/logs?stdout=1', 'GET /containers/sample/top',
      'GET /v1.41/containers/sample/export', 'GET /containers/sample/attach/ws', 'GET /exec/abc/json', 'GET /volumes', 'GET /secrets', 'GET /images/json', 'GET /images/backup-orchestrator/get',
      'GET /system/df', 'GET /', 'GET /containers/%2e%2e/images/json', 'GET /containers/json/../sample/export', 'GET /containers//sample/export', 'HEAD /info',
      'POST /containers/create', 'POST /containers/sample/exec', 'POST /containers/sample/restart', 'POST /containers/sample/json', 'POST /build', 'POST /images/create?fromImage=x',
      'PUT /containers/sample/archive?path=/', 'DELETE /containers/sample', 'OPTIONS /info', 'POST /session', 'POST /grpc',
    ]; // prettier-ignore
    expect(await askProxy(...refused)).toEqual(allWith(403, refused));
  });
});
