import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { aContainer } from '../../test/builders/a-container.js';
import { AppChanges } from '../apps/app-changes.js';
import { AppOverride } from '../apps/app-override.entity.js';
import { App } from '../apps/app.entity.js';
import { AppsService } from '../apps/apps.service.js';
import { AuditEntry } from '../apps/audit-entry.entity.js';
import { SecretKeeper } from '../apps/secret-keeper.js';
import { Secret, SecretGrant } from '../apps/secret.entity.js';
import { loadConfig } from '../config/load-config.js';
import { FixedClock } from '../core/clock.js';
import { SecretsBox } from '../core/secrets-box.js';
import { dataSourceOptions } from '../db/data-source.js';
import { ScriptedDocker } from '../docker/scripted-docker.js';
import type { InspectedContainer } from '../docker/docker.gateway.js';
import { ContainerStore } from './container-store.js';
import { DiscoveryService, DiscoveryStores } from './discovery.service.js';

const SECRET_KEY = 'k'.repeat(40);
const labelled = (more: Partial<InspectedContainer> = {}): InspectedContainer =>
  aContainer({ labels: { 'backup.enable': 'true' }, ...more });

describe('discovery', () => {
  let folder: string;
  let db: DataSource;
  let docker: ScriptedDocker;
  let discovery: DiscoveryService;
  let writes: number;
  let secrets: SecretKeeper;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bo-discovery-'));
    const config = loadConfig({
      APP_SECRET_KEY: SECRET_KEY, APP_ADMIN_PASS: 'correct horse battery', DATA_DIR: folder, RESYNC_S: '1', MISSING_GRACE_S: '60',
    }); // prettier-ignore
    db = await new DataSource(
      dataSourceOptions(config, [App, AppOverride, AuditEntry, Secret, SecretGrant]),
    ).initialize();
    docker = new ScriptedDocker();
    const clock = new FixedClock(new Date('2026-11-24T12:00:00Z'));
    const box = new SecretsBox(SECRET_KEY);
    const apps = new AppsService(db, config, clock, box);
    secrets = new SecretKeeper(db, config, clock, box);
    const changes = new AppChanges(db, clock);
    writes = 0;
    const apply = changes.apply.bind(changes);
    changes.apply = (all) => {
      writes += all.length;
      return apply(all);
    };
    const stores = new DiscoveryStores(new ContainerStore(docker, config), apps, changes, secrets);
    discovery = new DiscoveryService(docker, stores, config, clock);
  });
  afterEach(async () => {
    discovery.onModuleDestroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const apps = (): Promise<App[]> => db.getRepository(App).find({ order: { key: 'ASC' } });
  const until = async (what: string, when: () => boolean | Promise<boolean>, ms = 5000): Promise<void> => {
    const end = Date.now() + ms;
    while (!(await when())) {
      if (Date.now() > end) throw new Error(`${what} took too long`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const seenAre = (count: number): Promise<void> =>
    until(`${count} seen`, () => discovery.seen().length === count);

  it('2: registers what runs already, without an event', async () => {
    for (let index = 0; index < 20; index += 1) docker.put(labelled({ name: `app-${index}` }));
    docker.put(aContainer({ networks: {} }));
    discovery.onApplicationBootstrap();
    await seenAre(20);
    expect(await apps()).toHaveLength(20);
    expect(discovery.status()).toMatchObject({ connected: true });
  });

  it('writes nothing and inspects nothing when nothing changed', async () => {
    docker.put(labelled({ name: 'x' }));
    discovery.onApplicationBootstrap();
    await seenAre(1);
    const before = { writes, inspect: docker.calls.inspect, list: docker.calls.list };
    await until('two more lists', () => docker.calls.list >= before.list + 2);
    expect([writes, docker.calls.inspect]).toEqual([before.writes, before.inspect]);
  });

  it('takes a container that says its port from the list, and looks at it when something happens', async () => {
    const [listed, inspected] = [
      labelled({
        name: 'listed',
        labels: { 'backup.enable': 'true', 'backup.port': '80' },
        exposedPorts: [],
      }),
      labelled({ name: 'inspected' }),
    ];
    docker.put(listed);
    docker.put(inspected);
    discovery.onApplicationBootstrap();
    await seenAre(2);
    expect((await apps()).map(({ key, state }) => [key, state])).toEqual([
      ['name:inspected', 'active'],
      ['name:listed', 'active'],
    ]);
    expect(docker.calls.inspect).toBe(1);
    docker.put({ ...listed, name: 'renamed', state: 'exited' });
    docker.tell('rename', listed.id);
    await until('the new name', () => discovery.seen().some(({ name }) => name === 'renamed'));
    expect(docker.calls.inspect).toBe(2);
  });

  it('takes a change of such a container from the next list, without an event or a look', async () => {
    const listed = labelled({ name: 'listed', labels: { 'backup.enable': 'true', 'backup.port': '80' } });
    docker.put(listed);
    discovery.onApplicationBootstrap();
    await seenAre(1);
    docker.put({ ...listed, state: 'exited' });
    await until('the change', async () => (await apps())[0]?.state === 'stopped');
    expect(docker.calls.inspect).toBe(0);
  });

  it('31: labels of an image are ignored for such a container too', async () => {
    const labels = { 'backup.enable': 'true', 'backup.port': '80' };
    docker.bake('sha256:app', labels);
    docker.put(labelled({ name: 'baked', labels }));
    docker.put(labelled({ name: 'own', labels, imageId: 'sha256:other' }));
    discovery.onApplicationBootstrap();
    await seenAre(2);
    expect((await apps()).map(({ key }) => key)).toEqual(['name:own']);
    expect(docker.calls.inspect).toBe(0);
  });

  it('19: leaves no row and no word of containers that are gone before they are looked at', async () => {
    discovery.onApplicationBootstrap();
    await until('the list', () => docker.calls.list > 0);
    for (let index = 0; index < 100; index += 1)
      for (const action of ['start', 'die', 'destroy']) docker.tell(action, `short${index}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await apps()).toEqual([]);
  });

  it('23: a failed list changes nothing, and is said', async () => {
    docker.put(labelled({ name: 'x' }));
    discovery.onApplicationBootstrap();
    await seenAre(1);
    docker.breakDown('nobody listens');
    await until('the outage', () => !discovery.status().connected);
    expect(discovery.status().detail).toBe('nobody listens');
    expect(discovery.seen()).toHaveLength(1);
    expect(await apps()).toMatchObject([{ state: 'active', awaySince: null }]);
    docker.breakDown(null);
    await until('the return', () => discovery.status().connected);
    expect(await apps()).toMatchObject([{ state: 'active' }]);
  });

  it('a container that cannot be inspected hides no other, and is shown as trouble', async () => {
    const [stuck, fine] = [labelled({ name: 'stuck' }), labelled({ name: 'fine' })];
    docker.put(stuck);
    docker.put(fine);
    docker.wedge(stuck.id);
    discovery.onApplicationBootstrap();
    await seenAre(1);
    expect(await apps()).toMatchObject([{ key: 'name:fine', state: 'active' }]);
    await until('the trouble', () => discovery.status().detail === 'a container was not answered');
    docker.wedge(stuck.id, false);
    await seenAre(2);
    await until('the end of the trouble', () => discovery.status().connected);
  });

  it('30: a secret of another name suspends the app until a person allows the pair, and again without the secret', async () => {
    docker.put(
      labelled({
        name: 'shop-web-1',
        labels: {
          'backup.enable': 'true',
          'backup.token-ref': 'secret:vault',
          'com.docker.compose.project': 'shop',
          'com.docker.compose.service': 'web',
        },
      }),
    );
    discovery.onApplicationBootstrap();
    await seenAre(1);
    const state = async () => (await apps()).map((app) => [app.state, app.problems[0]?.code]);
    expect(await state()).toEqual([['invalid', 'token-not-allowed']]);
    await secrets.grant({ project: 'shop', service: 'web', containerName: null }, 'vault', 'admin');
    await discovery.refresh();
    expect(await state()).toEqual([['invalid', 'secret-missing']]);
    await secrets.put('vault', 'canary', 'admin');
    await discovery.refresh();
    expect(await state()).toEqual([['active', undefined]]);
    await secrets.remove('vault', 'admin');
    await discovery.refresh();
    expect(await state()).toEqual([['suspended', 'token-not-allowed']]);
  });

  it('31: asks an image for its labels once', async () => {
    docker.bake('sha256:app', { 'backup.enable': 'true' });
    docker.put(labelled({ name: 'x' }));
    discovery.onApplicationBootstrap();
    await seenAre(1);
    expect(discovery.seen()).toMatchObject([
      { verdict: 'image-labels', problems: [{ code: 'image-label-ignored' }] },
    ]);
    expect(await apps()).toEqual([]);
  });

  it('35: registering again what is registered already changes nothing', async () => {
    docker.put(labelled({ name: 'x' }));
    discovery.onApplicationBootstrap();
    await seenAre(1);
    const changes = new AppChanges(db, new FixedClock(new Date(0)));
    const [app] = await apps();
    await changes.apply([{ kind: 'register', key: 'name:x', wantedName: 'x', fields: app! }]);
    expect(await apps()).toHaveLength(1);
  });

  it('registers 10,000 at once', async () => {
    for (let index = 0; index < 10_000; index += 1)
      docker.put(labelled({ name: `app-${index}`, networks: { backups_net: '172.30.0.2' } }));
    const began = performance.now();
    discovery.onApplicationBootstrap();
    await until('10,000', () => discovery.seen().length === 10_000, 30_000);
    process.stdout.write(`discovery: 10,000 apps in ${(performance.now() - began).toFixed(0)} ms\n`);
    expect(await db.getRepository(App).count()).toBe(10_000);
    const list = docker.calls.list;
    await until('two more lists', () => docker.calls.list >= list + 2, 20_000);
    expect(writes).toBe(10_000);
  }, 60_000);
});
