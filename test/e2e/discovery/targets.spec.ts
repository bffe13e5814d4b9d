import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backUp, startAgent } from '../../bed/agent.js';
import type { Agent, Answer } from '../../bed/agent.js';
import { atEnd, leave } from '../../bed/cleanup.js';
import { runContainer } from '../../bed/containers.js';
import type { ContainerOrder } from '../../bed/containers.js';
import { findOrStartEngine } from '../../bed/engine.js';
import type { Engine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import type { BedImages } from '../../bed/images.js';
import { until } from '../../bed/shell.js';
import { startEngineProxy } from './engine-proxy.js';
import type { EngineProxy } from './engine-proxy.js';

const TAG = `ssrf${process.pid}`;
const NETWORK = `${TAG}_net`;
const TOKEN = 'canary-ssrf-token-1';
const digest = createHash('sha256').update(`Bearer ${TOKEN}`).digest('hex');

/** Counts connections on port 8080 and keeps what comes in them, in its log. */
const LISTENER = `require('net').createServer((s) => {
  console.log('connection');
  s.on('data', (d) => console.log('bytes ' + JSON.stringify(String(d)))).on('error', () => {});
}).listen(8080, '::', () => console.log('ready'))`;

interface AppJson {
  id: string;
  key: string;
  state: string;
  problems: { code: string }[];
  container: { id: string } | null;
}

describe('what an app must not make the agent reach', () => {
  let engine: Engine;
  let images: BedImages;
  let proxy: EngineProxy;
  let agent: Agent;
  let listener = '';
  /** First three bytes of the network's addresses. */
  let prefix = '';

  beforeAll(async () => {
    engine = await findOrStartEngine();
    images = await makeImages(engine);
    await makeNetwork();
    proxy = await startEngineProxy(engine);
    atEnd(() => proxy.stop());
    agent = await startAgent({
      DOCKER_HOST: proxy.host,
      BACKUPS_NETWORK: NETWORK,
      LABEL_PREFIX: TAG,
      RESYNC_S: '3600',
      MISSING_GRACE_S: '1',
      RETRY_DELAYS_S: 'none',
      [`BACKUP_TOKEN_${TAG.toUpperCase()}`]: TOKEN,
    });
    await listen('victim', `${prefix}.66`);
    listener = `${prefix}.66`;
  }, 120_000);
  afterAll(leave, 60_000);

  /** Addresses can be chosen only where the range was: the engine picks a free one first. */
  async function makeNetwork(): Promise<void> {
    const make = (...options: string[]): Promise<string> => engine.docker(['network', 'create', ...options, NETWORK]);
    const remove = (): Promise<string> => engine.docker(['network', 'rm', NETWORK], { mayFail: true });
    await make();
    const range = await engine.docker(['network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', NETWORK]);
    await remove();
    await make('--subnet', range);
    atEnd(async () => {
      await remove();
    });
    prefix = range.split('.').slice(0, 3).join('.');
  } // prettier-ignore

  const named = (name: string): string => `${TAG}-${name}`;
  const start = (
    name: string,
    labels: Record<string, string> = {},
    more: Partial<ContainerOrder> = {},
  ): Promise<string> =>
    runContainer(engine, {
      image: images.app,
      name: named(name),
      network: NETWORK,
      env: { BACKUP_TOKEN: TOKEN, SIZE_BYTES: '1000' },
      labels: Object.fromEntries(
        Object.entries({ enable: 'true', ...labels }).map(([key, value]) => [
          key.includes('.') ? key : `${TAG}.${key}`,
          value,
        ]),
      ),
      ...more,
    });
  const remove = (name: string): Promise<string> => engine.docker(['rm', '-f', named(name)]);
  const logOf = async (name: string): Promise<string[]> =>
    (await engine.docker(['logs', named(name)])).split('\n').filter((line) => line !== '');
  /** A container that is no app, once it listens. */
  const listen = async (name: string, address: string, args: readonly string[] = []): Promise<void> => {
    await runContainer(engine, {
      image: images.app, name: named(name), network: NETWORK, args: ['--ip', address, ...args], command: ['/bin/node', '-e', LISTENER],
    }); // prettier-ignore
    await until('a listener', async () => ((await logOf(name)).includes('ready') ? true : null));
  };
  /** What a listener got: one line for each connection and each piece of data. */
  const heardBy = async (name: string): Promise<string[]> =>
    (await logOf(name)).filter((line) => line !== 'ready');
  const appWith = (key: string, state: string): Promise<AppJson> =>
    until(`${key} as ${state}`, async () => {
      const { items } = (await agent.api('GET', '/api/apps')).body as { items: AppJson[] };
      return items.find((app) => app.key === key && app.state === state) ?? null;
    });
  /** Asks the sample app itself, once it listens. */
  const ask = async (name: string, path: string, init: RequestInit = {}): Promise<Answer['body']> => {
    const address = await engine.docker(['inspect', '-f', `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`, named(name)]);
    return until(`an answer of ${name}`, async () => (await fetch(`http://${address}:8080${path}`, init)).json());
  }; // prettier-ignore
  const requestsOf = async (name: string): Promise<{ path: string; authorization: string | null }[]> =>
    (await ask(name, '/_requests')).requests;
  const control = (name: string, patch: object): Promise<unknown> =>
    ask(name, '/_control', { method: 'POST', body: JSON.stringify(patch) });
  /** Ways to write the address of the listener. */
  const spellings = (): string[] => {
    const bytes = listener.split('.').map(Number);
    const decimal = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
    const mapped = `::ffff:${bytes.slice(0, 2).map(hex).join('')}:${bytes.slice(2).map(hex).join('')}`;
    const at = `${listener}:8080`;
    return [
      `http://${at}`, `//${at}`, `http:\\\\${at}`, `\\\\${at}`, `/\\${at}`, `http://self@${at}`, `http://self:pw@${at}`, `http://self#@${at}`, `http://self\\@${at}`,
      `http://${decimal}:8080`, `http://0x${bytes.map(hex).join('')}:8080`, `http://${bytes.map((byte) => `0${byte.toString(8)}`).join('.')}:8080`,
      `http://[${mapped}]:8080`, `http://${listener.replace('.', '%2e')}:8080`, `http://${listener.replaceAll('.', '。')}:8080`, `http://${named('victim')}:8080`, `http://victim-alias:8080`,
    ];
  }; // prettier-ignore

  it('29: an address elsewhere in backup.url, however it is written, is refused and nothing is asked', async () => {
    const labels: Record<string, string> = {};
    for (const [index, url] of [...spellings(), 'http://127.0.0.1:8080', 'http://169.254.169.254/', 'http://[::1]:8080'].entries())
      labels[named(`url-${index}`)] = url;
    const names = Object.keys(labels);
    await Promise.all(names.map((name) => start(name.slice(TAG.length + 1), { url: labels[name] ?? '' })));
    for (const name of names) {
      const app = await appWith(`name:${name}`, 'invalid');
      expect([labels[name], ['url-invalid', 'url-foreign-host'].includes(app.problems[0]?.code ?? '')]).toEqual([labels[name], true]);
      expect((await agent.api('POST', `/api/apps/${app.id}/backups`)).status).toBe(409);
      expect(await requestsOf(name.slice(TAG.length + 1))).toEqual([]);
    }
    expect(await heardBy('victim')).toEqual([]);
    await engine.docker(['rm', '-f', ...names]);
  }, 120_000); // prettier-ignore

  it('29: another container that takes the name of one is not asked in its place', async () => {
    await start('v2', { url: `http://${named('v2')}:8080` });
    await listen('hijack', `${prefix}.67`, ['--network-alias', named('v2')]);
    const app = await appWith(`name:${named('v2')}`, 'active');
    expect(await requestsOf('v2')).toEqual([]);
    for (let round = 0; round < 5; round += 1)
      expect(await backUp(agent, app.id)).toMatchObject({ outcome: 'succeeded' });
    expect(await requestsOf('v2')).toHaveLength(10);
    expect(await heardBy('hijack')).toEqual([]);
    await remove('v2');
    await remove('hijack');
  }, 60_000);

  it('29: an app that sends the agent elsewhere fails, and only the app itself got the token', async () => {
    await start('bad');
    const { id } = await appWith(`name:${named('bad')}`, 'active');
    const fails = async (patch: object, code: string): Promise<void> => {
      await control('bad', patch);
      const job = await backUp(agent, id);
      expect([patch, job.outcome, job.error?.code]).toEqual([patch, 'failed', code]);
    };
    for (const status of [301, 302, 303, 307, 308])
      await fails({ mode: 'status', status, location: `http://${listener}:8080/backup/export` }, 'app-redirected');
    for (const url of spellings().filter((spelling) => spelling !== ''))
      await fails({ mode: 'async-foreign-status', url }, 'contract-invalid');
    for (const url of [`http://${listener}:8080`, `//${listener}:8080`])
      await fails({ mode: 'async-foreign-download', polls: 0, url }, 'contract-invalid');
    const asked = await requestsOf('bad');
    expect(asked.every(({ authorization }) => authorization === digest)).toBe(true);
    expect(await heardBy('victim')).toEqual([]);
    await remove('bad');
  }, 120_000); // prettier-ignore

  it('30: the secret of another project is not sent, not even to the container that asks for it', async () => {
    await start('thief', { 'token-ref': `secret:${TAG}`, id: TAG, name: TAG });
    const app = await appWith(`id:${TAG}`, 'invalid');
    expect(app.problems.map(({ code }) => code)).toEqual(['token-not-allowed']);
    expect((await agent.api('POST', `/api/apps/${app.id}/backups`)).status).toBe(409);
    expect(await requestsOf('thief')).toEqual([]);
    await remove('thief');
  }, 60_000);

  it('32: the next container with the address of a stopped one is not asked', async () => {
    await start('a', {}, { args: ['--ip', `${prefix}.70`] });
    const { id } = await appWith(`name:${named('a')}`, 'active');
    await engine.docker(['stop', '-t', '0', named('a')]);
    await listen('b', `${prefix}.70`);
    await appWith(`name:${named('a')}`, 'stopped');
    expect((await agent.api('POST', `/api/apps/${id}/backups`)).status).toBe(409);
    expect(await heardBy('b')).toEqual([]);
    await remove('a');
    await remove('b');
  }, 60_000);

  it.each([
    ['between the look at it and the connection', {}, 2, 'token'],
    ['with a secret that the agent keeps', { 'token-ref': `secret:${TAG}`, 'com.docker.compose.project': TAG, 'com.docker.compose.service': 'web' }, 1, 'secret'],
  ])('32: nor when it got the address %s', async (_when, labels, looks, name) => {
    const container = await start(name, labels, { args: ['--ip', `${prefix}.71`] });
    const key = 'token-ref' in labels ? `compose:${TAG}/web` : `name:${named(name)}`;
    const { id } = await appWith(key, 'active');
    // The second look of discovery after a start is not the one to hold.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const held = Array.from({ length: looks }, () => proxy.holdNext(new RegExp(`/containers/${container}/json`)));
    const job = backUp(agent, id);
    for (const one of held.slice(0, -1)) {
      await one.reached;
      one.release();
    }
    await held.at(-1)?.reached;
    const connections = await requestsOf(name);
    await remove(name);
    await listen(`${name}-next`, `${prefix}.71`);
    held.at(-1)?.release();
    expect(await job).toMatchObject({ outcome: 'failed', error: { code: 'container-not-running' } });
    expect(connections).toEqual([]);
    // A connection was made, since the answer was true when it was given; not a byte came through it.
    const heard = await heardBy(`${name}-next`);
    expect(heard).toEqual(['connection']);
    expect(agent.log()).not.toContain(TOKEN);
    await remove(`${name}-next`);
  }, 60_000); // prettier-ignore

  it('and the listener would have counted', async () => {
    expect(await heardBy('victim')).toEqual([]);
    const socket = connect(8080, listener);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.end('hello');
    await until('the count', async () => ((await heardBy('victim')).length === 2 ? true : null), 5000);
    expect(await heardBy('victim')).toEqual(['connection', 'bytes "hello"']);
  });
});
