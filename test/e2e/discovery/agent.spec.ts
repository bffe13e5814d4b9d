import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { backUp, startAgent } from '../../bed/agent.js';
import type { Agent } from '../../bed/agent.js';
import { atEnd, leave } from '../../bed/cleanup.js';
import { ensureNetwork, runContainer } from '../../bed/containers.js';
import { startEngine } from '../../bed/engine.js';
import type { PrivateEngine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import type { BedImages } from '../../bed/images.js';
import { run, until } from '../../bed/shell.js';
import { startEngineProxy } from './engine-proxy.js';
import { eachOf, engineCall, pause } from './harness.js';

/** Each costs a start of the whole agent; kills.spec.ts kills its discovery a hundred times. */
const KILLS = Number(process.env['KILLS'] ?? 5);

describe('the built agent', () => {
  let engine: PrivateEngine;
  let images: BedImages;
  let agent: Agent;

  beforeAll(async () => {
    engine = await startEngine();
    images = await makeImages(engine);
    await ensureNetwork(engine);
    agent = await startAgent({ DOCKER_HOST: engine.host, RESYNC_S: '5' });
  }, 120_000);
  afterAll(leave, 120_000);

  interface AppJson {
    id: string;
    key: string;
    state: string;
  }
  const appAs = (key: string, state: string, timeoutMs = 20_000): Promise<AppJson> =>
    until(
      `${key} as ${state}`,
      async () => {
        const { items } = (await agent.api('GET', '/api/apps')).body as { items: AppJson[] };
        return items.find((app) => app.key === key && app.state === state) ?? null;
      },
      timeoutMs,
    );
  const start = (name: string): Promise<string> =>
    runContainer(engine, {
      image: images.app, name, labels: { 'backup.enable': 'true' }, env: { BACKUP_TOKEN: 'canary-agent-spec-token', SIZE_BYTES: '1000' },
    }); // prettier-ignore

  it('17: does not ask a paused container, says why, and goes on when it is unpaused', async () => {
    await start('calm');
    const { id } = await appAs('name:calm', 'active');
    await engine.docker(['pause', 'calm']);
    await appAs('name:calm', 'stopped');
    const refused = await agent.api('POST', `/api/apps/${id}/backups`);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'app-not-active']);
    expect(refused.body.error.message).toMatch(/./);
    await engine.docker(['unpause', 'calm']);
    await appAs('name:calm', 'active');
    expect(await backUp(agent, id)).toMatchObject({ outcome: 'succeeded' });
    await engine.docker(['rm', '-f', 'calm']);
  }, 60_000);

  it('8: reaches a container that has only an IPv6 address', async () => {
    const [net, own] = ['fd00:b0:6:0::', `fd00:b0:${(process.pid % 60_000).toString(16)}:1::`];
    await engine.docker(['network', 'create', '--ipv6', '--subnet', `${net}/64`, 'six_net']);
    const { stdout } = await run('ip', ['-o', 'route', 'get', engine.address]);
    const device = / dev (\S+)/.exec(stdout)?.[1] ?? '';
    const enter = ['nsenter', `--net=/proc/${engine.pid()}/ns/net`];
    for (const [command = '', ...args] of [
      ['ip', '-6', 'addr', 'add', `${own}1/64`, 'dev', device, 'nodad'],
      [...enter, 'ip', '-6', 'addr', 'add', `${own}2/64`, 'dev', 'uplink', 'nodad'],
      [...enter, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'],
      ['ip', '-6', 'route', 'add', `${net}/64`, 'via', `${own}2`, 'dev', device],
    ])
      await run(command, args);
    // This engine cannot leave IPv4 out of a network; newer ones can, and then answer like this.
    const proxy = await startEngineProxy(engine);
    atEnd(() => proxy.stop());
    proxy.rewrite((text) => text.replace(/"IPAddress":"[\d.]+"/g, '"IPAddress":""'));
    const sixth = await startAgent({ DOCKER_HOST: proxy.host, BACKUPS_NETWORK: 'six_net', LABEL_PREFIX: 'six' });
    await runContainer(engine, {
      image: images.app, name: 'six', network: 'six_net', labels: { 'six.enable': 'true' }, env: { BACKUP_TOKEN: 'canary-agent-spec-token', SIZE_BYTES: '1000' },
    });
    const { id } = await until('the app', async () => {
      const { items } = (await sixth.api('GET', '/api/apps')).body as { items: AppJson[] };
      return items.find(({ key, state }) => key === 'name:six' && state === 'active') ?? null;
    });
    const address = await engine.docker(['inspect', '-f', '{{.NetworkSettings.Networks.six_net.GlobalIPv6Address}}', 'six']);
    expect(address).toMatch(/^fd00:b0:6:/);
    await until('its answer', async () => ((await fetch(`http://[${address}]:8080/_health`)).ok ? true : null));
    expect(await backUp(sixth, id)).toMatchObject({ outcome: 'succeeded' });
    const { requests } = (await (await fetch(`http://[${address}]:8080/_requests`)).json()) as { requests: { path: string }[] };
    expect(requests.map(({ path }) => path)).toContain('/backup/export');
    await sixth.stop();
    await engine.docker(['rm', '-f', 'six']);
  }, 120_000); // prettier-ignore

  it('22: serves and says it is not ready while the engine is away at its start, and finds all when it is back', async () => {
    await start('early');
    await appAs('name:early', 'active');
    await agent.kill('SIGTERM');
    await engine.kill('SIGTERM');
    await agent.start();
    expect((await agent.api('GET', '/healthz')).status).toBe(200);
    const notReady = await agent.api('GET', '/readyz');
    expect([notReady.status, notReady.body.status]).toEqual([503, 'degraded']);
    // Nothing is taken for gone meanwhile.
    await appAs('name:early', 'active');
    await engine.startAgain();
    const back = performance.now();
    await until('it to be ready', async () => ((await agent.api('GET', '/readyz')).status === 200 ? true : null));
    const readyMs = performance.now() - back;
    await engine.docker(['start', 'early']);
    await appAs('name:early', 'active');
    process.stdout.write(`discovery: the agent is ready ${readyMs.toFixed(0)} ms after the engine is there\n`);
    await engine.docker(['rm', '-f', 'early']);
  }, 120_000); // prettier-ignore

  it('35: killed while it registers, it has no half row and no double, and finds the rest at the next start', async () => {
    const names = Array.from({ length: KILLS * 3 }, (_, index) => `kill-${index}`);
    await eachOf(names, 4, (name) =>
      engineCall(engine, 'POST', `/containers/create?name=${name}`, {
        Image: images.busybox, Labels: { 'backup.enable': 'true', 'backup.port': '80' }, StopTimeout: 0, HostConfig: { NetworkMode: 'backups_net' },
      }),
    ); // prettier-ignore
    for (let round = 0; round < KILLS; round += 1) {
      const three = names.slice(round * 3, round * 3 + 3);
      await Promise.all(three.map((name) => engineCall(engine, 'POST', `/containers/${name}/start`)));
      // From before the first look until after the commit.
      await pause((round * 13) % 150);
      await agent.kill('SIGKILL');
      const db = new Database(join(agent.dataDir, 'orchestrator.sqlite'), { readonly: true });
      const rows = db.prepare('select * from apps').all() as Record<string, unknown>[];
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      db.close();
      expect(new Set(rows.map((row) => row['key'])).size).toBe(rows.length);
      for (const row of rows) {
        expect(row).toMatchObject({
          origin: 'label',
          container_id: expect.any(String),
          slug: expect.any(String),
        });
        expect(['active', 'stopped', 'missing']).toContain(row['state']);
        expect(() => JSON.parse(String(row['declaration']))).not.toThrow();
      }
      await agent.start();
    }
    await until('all apps', async () => {
      const { items } = (await agent.api('GET', '/api/apps')).body;
      const keys = items.map(({ key }: { key: string }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      return items.filter(({ key, state }: AppJson) => key.startsWith('name:kill-') && state === 'active')
        .length === names.length
        ? true
        : null;
    });
  }, 400_000);
});
