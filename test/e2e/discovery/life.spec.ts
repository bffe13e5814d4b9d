import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { ensureNetwork, runContainer } from '../../bed/containers.js';
import type { ContainerOrder } from '../../bed/containers.js';
import { startEngine } from '../../bed/engine.js';
import type { Engine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import type { BedImages } from '../../bed/images.js';
import { until } from '../../bed/shell.js';
import { engineCall, pause, startDiscovery } from './harness.js';
import type { Discovery } from './harness.js';

const compose = (project: string, service: string, number = 1): Record<string, string> => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
  'com.docker.compose.container-number': String(number),
});

describe('the life of containers on a real engine', () => {
  let engine: Engine;
  let images: BedImages;
  let discovery: Discovery;
  /** Different in each test, so that none sees what another left. */
  let test = 0;
  let tag = '';

  beforeAll(async () => {
    engine = await startEngine();
    images = await makeImages(engine);
    await ensureNetwork(engine);
    await engine.docker(['network', 'create', 'a_net']);
    await engine.docker(['network', 'create', 'z_net']);
    await engine.docker(['network', 'create', '--internal', 'inner_net']);
    discovery = await startDiscovery(engine.host, {
      RESYNC_S: '2',
      BACKUPS_NETWORKS_ALLOWED: 'inner_net,six_net',
    });
  }, 120_000);
  beforeEach(() => {
    tag = `t${(test += 1)}`;
  });
  afterAll(async () => {
    await discovery.stop();
    await leave();
  }, 120_000);

  const named = (name: string): string => `${tag}-${name}`;
  /** With the app's image: it exposes 8080. */
  const start = (name: string, labels: Record<string, string> = {}, more: Partial<ContainerOrder> = {}): Promise<string> =>
    runContainer(engine, {
      image: images.busybox, name: named(name), labels: { 'backup.enable': 'true', 'backup.port': '8080', ...labels }, ...more,
    }); // prettier-ignore
  const remove = (...names: string[]): Promise<string> => engine.docker(['rm', '-f', ...names.map(named)]);
  const becomes = (name: string, state: string, timeoutMs = 10_000) =>
    discovery.app(`name:${named(name)}`, (app) => app.state === state, timeoutMs);
  const codesOf = (app: { problems: { code: string }[] }): string[] => app.problems.map(({ code }) => code);

  it('4, 5: off the network it is invalid and says where it is; it follows connect and disconnect', async () => {
    await start('off', {}, { network: 'a_net' });
    const app = await becomes('off', 'invalid');
    expect(app.problems).toMatchObject([{ code: 'network-not-attached', params: { attached: 'a_net' } }]);
    await engine.docker(['network', 'connect', 'backups_net', named('off')]);
    await becomes('off', 'active');
    await engine.docker(['network', 'disconnect', 'backups_net', named('off')]);
    await becomes('off', 'suspended');
    await remove('off');
  }, 60_000);

  it('6: of three networks it is always the address on backups_net', async () => {
    await start('three', {}, { network: 'a_net' });
    for (const network of ['z_net', 'backups_net'])
      await engine.docker(['network', 'connect', network, named('three')]);
    const { containerId } = await becomes('three', 'active');
    for (let round = 0; round < 3; round += 1) {
      const info = await engineCall(engine, 'GET', `/containers/${named('three')}/json`);
      const seen = await discovery.docker.inspect(containerId ?? '');
      expect(seen?.networks['backups_net']).toBe(info.NetworkSettings.Networks.backups_net.IPAddress);
      expect(seen?.networks['backups_net']).toMatch(/^\d+\./);
      await engine.docker(['restart', '-t', '0', named('three')]);
      await becomes('three', 'active');
    }
    await remove('three');
  }, 60_000);

  it('7: on an internal network the exposed port is found, and two are an error that names them', async () => {
    await start(
      'inner',
      { 'backup.port': '', 'backup.network': 'inner_net' },
      { image: images.app, network: 'inner_net' },
    );
    await becomes('inner', 'active');
    const seen = await discovery.docker.inspect((await becomes('inner', 'active')).containerId ?? '');
    expect(seen?.exposedPorts).toEqual([8080]);
    await start('two', { 'backup.port': '' }, { image: images.app, args: ['--expose', '9090'] });
    expect((await becomes('two', 'invalid')).problems).toMatchObject([
      { code: 'port-ambiguous', params: { ports: '8080, 9090' } },
    ]);
    await remove('inner', 'two');
  }, 60_000);

  it('8: host, none and the network of another are refused; IPv4 is preferred to IPv6', async () => {
    await start('other');
    for (const [name, network] of [['host', 'host'], ['none', 'none'], ['shared', `container:${named('other')}`]] as const) {
      await start(name, {}, { network });
      expect(codesOf(await becomes(name, 'invalid'))).toEqual(['network-mode-unsupported']);
    }
    await engine.docker(['network', 'create', '--ipv6', '--subnet', 'fd00:b0::/64', 'six_net']);
    await start('six', { 'backup.network': 'six_net' }, { network: 'six_net' });
    const app = await becomes('six', 'active');
    expect((await discovery.docker.inspect(app.containerId ?? ''))?.networks['six_net']).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    await remove('host', 'none', 'shared', 'other', 'six');
  }, 60_000); // prettier-ignore

  it('9: recreated in the order of compose v1 (destroyed after the new start) it is one app with the new schedule', async () => {
    const own = compose(tag, 'db');
    const old = await start('db_1', { ...own, 'backup.frequency': 'daily@03:00' });
    const before = await discovery.app(`compose:${tag}/db`);
    await engine.docker(['stop', '-t', '0', old]);
    await engine.docker(['rename', old, `${old.slice(0, 12)}_${named('db_1')}`]);
    await start('db_1', { ...own, 'backup.frequency': 'weekly' });
    await engine.docker(['rm', '-f', old]);
    const after = await discovery.app(before.key, ({ declaration, state }) => declaration.frequency === 'weekly' && state === 'active');
    expect([after.id, after.slug, after.containerName]).toEqual([before.id, before.slug, named('db_1')]);
    await pause(2500);
    expect((await discovery.apps()).filter(({ key }) => key.startsWith(`compose:${tag}/`))).toHaveLength(1);
    expect((await discovery.app(before.key)).state).toBe('active');
    await remove('db_1');
  }, 60_000); // prettier-ignore

  it('10: recreated in the order of compose v2 the temporary name is never shown, and it is never missing', async () => {
    const key = `compose:${tag}/db`;
    const labels = { 'backup.enable': 'true', 'backup.port': '80', ...compose(tag, 'db') };
    const old = await start('db-1', labels);
    await discovery.app(key);
    const shown = new Set<string>();
    const watching = setInterval(() => void discovery.apps().then((apps) => {
      for (const app of apps) if (app.key === key) shown.add(`${app.state} ${app.containerName ?? ''}`);
    }), 10); // prettier-ignore
    const temporary = `${old.slice(0, 12)}_${named('db-1')}`;
    const { Id } = await engineCall(engine, 'POST', `/containers/create?name=${temporary}`, {
      Image: images.busybox, Labels: { ...labels, 'com.docker.compose.replace': old }, HostConfig: { NetworkMode: 'backups_net' },
    }); // prettier-ignore
    await pause(2500);
    await engine.docker(['stop', '-t', '0', old]);
    await engine.docker(['rm', old]);
    await pause(300);
    await engine.docker(['rename', temporary, named('db-1')]);
    await engine.docker(['start', named('db-1')]);
    await discovery.app(key, ({ containerId, state }) => containerId === Id && state === 'active');
    clearInterval(watching);
    expect([...shown].filter((line) => line.startsWith('missing') || line.includes('_'))).toEqual([]);
    await remove('db-1');
  }, 60_000);

  it('11: three replicas are one app on the lowest, which fails over; with replicas=all they are three', async () => {
    for (const number of [1, 2, 3]) await start(`web-${number}`, compose(tag, 'web', number));
    const key = `compose:${tag}/web`;
    const on = (name: string) =>
      discovery.app(key, ({ containerName, state }) => containerName === named(name) && state === 'active');
    const { id } = await on('web-1');
    await until('two replicas', () => (discovery.seen(named('web-3'))?.verdict === 'replica' ? true : null));
    await engine.docker(['kill', named('web-1')]);
    expect((await on('web-2')).id).toBe(id);
    await engine.docker(['start', named('web-1')]);
    await on('web-1');
    for (const number of [1, 2, 3])
      await start(`all-${number}`, { ...compose(tag, 'all', number), 'backup.replicas': 'all' });
    for (const number of [1, 2, 3])
      await discovery.app(`compose:${tag}/all/${number}`, ({ state }) => state === 'active');
    await remove('web-1', 'web-2', 'web-3', 'all-1', 'all-2', 'all-3');
  }, 90_000);

  it('12, 14: one service name in two projects is two apps, and a one-off is none', async () => {
    await start('a', compose(`${tag}a`, 'db'));
    await start('b', compose(`${tag}b`, 'db'));
    await start('run', { ...compose(`${tag}a`, 'db'), 'com.docker.compose.oneoff': 'True' });
    const [a, b] = [await discovery.app(`compose:${tag}a/db`), await discovery.app(`compose:${tag}b/db`)];
    expect(a.slug).not.toBe(b.slug);
    await until('the one-off', () => (discovery.seen(named('run'))?.verdict === 'one-off' ? true : null));
    expect((await discovery.apps()).filter(({ containerName }) => containerName === named('run'))).toEqual(
      [],
    );
    await remove('a', 'b', 'run');
  }, 60_000);

  it('13: of two with one id the first keeps it, also through its recreation, and the other gets it when it is gone', async () => {
    const labels = { 'backup.id': `${tag}-shared` };
    await start('one', labels);
    const { id, key } = await discovery.app(`id:${tag}-shared`);
    await start('two', labels);
    await until('the conflict', () => (discovery.seen(named('two'))?.verdict === 'conflict' ? true : null));
    expect(discovery.seen(named('one'))?.problems).toMatchObject([{ code: 'identity-conflict' }]);
    await remove('one');
    const fresh = await start('one', labels);
    await discovery.app(key, ({ containerId, state }) => containerId === fresh && state === 'active');
    await remove('one');
    expect(await discovery.app(key, ({ containerName }) => containerName === named('two'))).toMatchObject({ id, state: 'active' });
    await remove('two');
  }, 60_000); // prettier-ignore

  it('15: renamed, the name follows and the key of compose stays', async () => {
    await start('before', compose(tag, 'web'));
    const { id, key } = await discovery.app(`compose:${tag}/web`);
    await engine.docker(['rename', named('before'), named('after')]);
    expect(await discovery.app(key, ({ containerName }) => containerName === named('after'))).toMatchObject({
      id,
      state: 'active',
    });
    await remove('after');
  }, 60_000);

  it('16, 17: killed or crashed it is stopped, paused too; a restart policy brings it back, once', async () => {
    await start('killed');
    await becomes('killed', 'active');
    await engine.docker(['kill', named('killed')]);
    expect((await becomes('killed', 'stopped')).awaySince).not.toBeNull();
    await engine.docker(['start', named('killed')]);
    expect((await becomes('killed', 'active')).awaySince).toBeNull();
    await engine.docker(['pause', named('killed')]);
    await becomes('killed', 'stopped');
    await engine.docker(['unpause', named('killed')]);
    await becomes('killed', 'active');
    await start('crash', {}, { args: ['--restart', 'always'], command: ['sh', '-c', 'sleep 3; exit 1'] });
    const { id } = await becomes('crash', 'active');
    await becomes('crash', 'stopped');
    expect((await becomes('crash', 'active', 20_000)).id).toBe(id);
    await remove('killed', 'crash');
  }, 90_000);

  it('a list tells of health, networks and age what an inspection does', async () => {
    await start('sick', {}, { args: ['--health-cmd', 'false', '--health-interval', '1s', '--health-retries', '1'] });
    await start('well', {}, { args: ['--health-cmd', 'true', '--health-interval', '1s'] });
    await start('new', {}, { args: ['--health-cmd', 'true', '--health-interval', '1h'] });
    const healthOf = async (name: string) => {
      const listed = (await discovery.docker.list()).find((container) => container.name === named(name));
      const inspected = await discovery.docker.inspect(listed?.id ?? '');
      expect(listed?.networks).toEqual(inspected?.networks);
      expect(listed?.createdAt.slice(0, 19)).toBe(inspected?.createdAt.slice(0, 19));
      return [listed?.health, inspected?.health];
    };
    for (const [name, health] of [['sick', 'unhealthy'], ['well', 'healthy'], ['new', 'starting']] as const)
      await until(`${name} as ${health}`, async () => {
        const both = await healthOf(name);
        return both.every((one) => one === health) ? true : null;
      }, 15_000);
    await remove('sick', 'well', 'new');
  }, 60_000); // prettier-ignore

  it('18: removed, it is missing after the grace, and comes back as the same', async () => {
    await start('gone', { 'backup.frequency': 'weekly' });
    const { id } = await becomes('gone', 'active');
    await remove('gone');
    expect(await becomes('gone', 'missing')).toMatchObject({ id, declaration: { frequency: 'weekly' } });
    await start('gone');
    expect((await becomes('gone', 'active')).id).toBe(id);
    await remove('gone');
  }, 60_000);

  it('28: labels in every spelling have a defined result', async () => {
    const labels: Record<string, Record<string, string>> = {
      quoted: { 'backup.enable': '"true"' }, spaced: { 'backup.enable': ' TRUE ' }, half: { 'backup.enable': 'true"' }, empty: { 'backup.enable': '' },
      long: { 'backup.name': 'x'.repeat(102_400) }, letters: { 'backup.name': 'Ñandú $HOME {"a":1} 日本' }, colon: { 'backup.enable': '', 'backup.enable: true': '' },
    }; // prettier-ignore
    for (const [name, own] of Object.entries(labels)) {
      await engineCall(engine, 'POST', `/containers/create?name=${named(name)}`, {
        Image: images.busybox, Labels: { 'backup.enable': 'true', 'backup.port': '80', ...own }, StopTimeout: 0, HostConfig: { NetworkMode: 'backups_net' },
      }); // prettier-ignore
      await engineCall(engine, 'POST', `/containers/${named(name)}/start`);
    }
    expect(codesOf(await becomes('quoted', 'active'))).toEqual(['quotes-stripped']);
    expect(codesOf(await becomes('spaced', 'active'))).toEqual([]);
    expect(codesOf(await becomes('half', 'invalid'))).toEqual(['flag-invalid']);
    await until('the empty one', () =>
      discovery.seen(named('empty'))?.verdict === 'not-enabled' ? true : null,
    );
    expect(codesOf(await becomes('long', 'invalid'))).toEqual(['value-too-long']);
    expect((await becomes('letters', 'active')).declaration.name).toBe('Ñandú $HOME {"a":1} 日本');
    expect(codesOf(await becomes('colon', 'invalid'))).toEqual(['label-malformed']);
    await remove(...Object.keys(labels));
  }, 60_000);

  it('29, 30: an address elsewhere and the secret of another project are refused before anything is sent', async () => {
    await start('away', { 'backup.url': 'http://169.254.169.254:80' });
    expect(codesOf(await becomes('away', 'invalid'))).toEqual(['url-foreign-host']);
    await start('thief', { ...compose(tag, 'thief'), 'backup.token-ref': 'secret:bank' });
    const thief = await discovery.app(`compose:${tag}/thief`);
    expect([thief.state, codesOf(thief)]).toEqual(['invalid', ['token-not-allowed']]);
    // An alias makes no name its own beyond itself: what is dialled is its own address anyway.
    await start('alias', { 'backup.url': 'http://v2:80' }, { args: ['--network-alias', 'v2'] });
    await becomes('alias', 'active');
    await remove('away', 'thief', 'alias');
  }, 60_000);

  it('31: labels that an image brings along are ignored', async () => {
    const baked = `bo-bed/baked:${tag}`;
    await engine.docker(['create', '--name', named('source'), images.busybox]);
    await engine.docker([
      'commit',
      '--change',
      'LABEL backup.enable=true backup.port=80',
      named('source'),
      baked,
    ]);
    await runContainer(engine, { image: baked, name: named('baked') });
    await until('the verdict', () =>
      discovery.seen(named('baked'))?.verdict === 'image-labels' ? true : null,
    );
    expect((await discovery.apps()).some(({ key }) => key === `name:${named('baked')}`)).toBe(false);
    await start('own', {}, { image: baked });
    // The engine does not tell a label that was written again from one that was inherited.
    await until('the other', () => (discovery.seen(named('own'))?.verdict === 'image-labels' ? true : null));
    expect(discovery.seen(named('own'))?.problems.map(({ code }) => code)).toContain('image-label-ignored');
    await remove('source', 'baked', 'own');
  }, 60_000);
});
