import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { startEngine } from '../../bed/engine.js';
import type { PrivateEngine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import { until } from '../../bed/shell.js';
import { pause, startDiscovery } from './harness.js';
import type { Discovery } from './harness.js';

describe('34: a swarm', () => {
  let engine: PrivateEngine;
  let image = '';
  let discovery: Discovery;

  beforeAll(async () => {
    engine = await startEngine();
    image = (await makeImages(engine)).busybox;
    await engine.docker(['swarm', 'init', '--advertise-addr', engine.address]);
    // Of the swarm, but without an overlay, which not every kernel has.
    await engine.docker(['network', 'create', '--scope', 'swarm', '--driver', 'bridge', 'backups_net']);
    discovery = await startDiscovery(engine.host, { RESYNC_S: '2', MISSING_GRACE_S: '60' });
  }, 120_000);
  afterAll(async () => {
    await discovery.stop();
    await leave();
  }, 120_000);

  const create = (name: string, ...options: string[]): Promise<string> =>
    engine.docker([
      'service',
      'create',
      '--detach',
      '--no-resolve-image',
      '--name',
      name,
      '--network',
      'backups_net',
      '--stop-grace-period',
      '0s',
      ...options,
      image,
    ]);
  const containersOf = async (service: string): Promise<string[]> =>
    (await engine.docker(['ps', '-q', '--no-trunc', '--filter', `label=com.docker.swarm.service.name=${service}`])).split('\n').filter((id) => id !== ''); // prettier-ignore

  it('labels of the container make an app of the service, which stays itself through an update', async () => {
    await create('blog', '--container-label', 'backup.enable=true', '--container-label', 'backup.port=80');
    const before = await discovery.app('swarm:blog', ({ state }) => state === 'active', 60_000);
    expect(before).toMatchObject({ service: 'blog', problems: [] });
    await engine.docker(['service', 'update', '--detach', '--force', 'blog']);
    const after = await discovery.app(
      'swarm:blog',
      ({ containerId, state }) => containerId !== before.containerId && state === 'active',
      60_000,
    );
    expect([after.id, after.slug]).toEqual([before.id, before.slug]);
    expect(await discovery.apps()).toHaveLength(1);
    expect([await containersOf('blog')]).toEqual([[after.containerId]]);
  }, 180_000);

  it('replicas are one app, and their number is that of the task', async () => {
    await create('web', '--replicas', '3', '--container-label', 'backup.enable=true', '--container-label', 'backup.port=80');
    await create('all', '--replicas', '2', '--container-label', 'backup.enable=true', '--container-label', 'backup.port=80', '--container-label', 'backup.replicas=all');
    for (const key of ['swarm:web', 'swarm:all/1', 'swarm:all/2'])
      await discovery.app(key, ({ state }) => state === 'active', 60_000);
    await until('three', async () => ((await containersOf('web')).length === 3 ? true : null), 60_000);
    await pause(2500);
    expect((await discovery.apps()).map(({ key }) => key).sort()).toEqual(['swarm:all/1', 'swarm:all/2', 'swarm:blog', 'swarm:web']);
  }, 180_000); // prettier-ignore

  it('labels of the service alone are no app, and it is said where they belong', async () => {
    await create('shop', '--label', 'backup.enable=true', '--label', 'backup.port=80');
    const [id] = await until('its container', async () => {
      const ids = await containersOf('shop');
      return ids.length > 0 ? ids : null;
    }, 60_000);
    const name = (await engine.docker(['inspect', '-f', '{{.Name}}', id ?? ''])).slice(1);
    const seen = await until('the hint', () => discovery.seen(name) ?? null, 20_000);
    expect(seen).toMatchObject({ verdict: 'no-labels', problems: [{ code: 'swarm-labels', params: { service: 'shop' } }] });
    expect((await discovery.apps()).some(({ key }) => key === 'swarm:shop')).toBe(false);
  }, 120_000); // prettier-ignore
});
