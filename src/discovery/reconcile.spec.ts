import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aContainer, composed } from '../../test/builders/a-container.js';
import { anApp, applied } from '../../test/builders/an-app.js';
import type { App, AppState } from '../apps/app.entity.js';
import type { InspectedContainer } from '../docker/docker.gateway.js';
import type { DiscoveryPolicy } from './candidate.js';
import { reconcile } from './reconcile.js';
import type { KnownContainer, SeenContainer } from './seen-container.js';

const GRACE_MS = 120_000;
const POLICY: DiscoveryPolicy = {
  prefix: 'backup', network: 'backups_net', allowedNetworks: ['backups_net', 'other_net'], instance: '', allowImageLabels: false,
  requireApproval: false, missingGraceMs: GRACE_MS, defaultRetention: 'daily=7,weekly=4', secretState: (owner, secret) => (secret === 'away' ? 'missing' : owner.project === secret ? 'ok' : 'not-allowed'),
}; // prettier-ignore
const at = (ms: number): Date => new Date(Date.UTC(2026, 10, 24) + ms);

const asKnown = (container: InspectedContainer, fromImage: string[] = []): KnownContainer => ({
  listed: container,
  inspected: container,
  fromImage,
});
const labelled = (
  labels: Record<string, string> = {},
  more: Partial<InspectedContainer> = {},
): InspectedContainer => aContainer({ ...more, labels: { 'backup.enable': 'true', ...labels } });

/** Docker and the apps over time: each `look` is one reconciliation whose changes are applied. */
class World {
  apps: App[] = [];
  seen: SeenContainer[] = [];

  constructor(private readonly policy: Partial<DiscoveryPolicy> = {}) {}

  look(containers: readonly (InspectedContainer | KnownContainer)[], ms = 0): App[] {
    const known = containers.map((container) => ('listed' in container ? container : asKnown(container)));
    const { changes, seen } = reconcile(this.apps, known, { ...POLICY, ...this.policy }, at(ms));
    this.apps = applied(this.apps, changes);
    this.seen = seen;
    // Looking at the same again changes nothing.
    expect(reconcile(this.apps, known, { ...POLICY, ...this.policy }, at(ms)).changes).toEqual([]);
    return this.apps;
  }

  get only(): App {
    expect(this.apps).toHaveLength(1);
    return this.apps[0]!;
  }

  verdicts(): Record<string, string> {
    return Object.fromEntries(this.seen.map(({ name, verdict }) => [name, verdict]));
  }
}

describe('an app that was imported with its backups', () => {
  it.each([
    ['compose:shop/db', composed('shop', 'db'), 'shop', 'db', null],
    ['id:ledger', { 'backup.id': 'ledger' }, null, null, null],
    ['name:wiki', {}, null, null, 'wiki'],
  ])('%s is the one that its container belongs to', (key, labels, project, service, containerName) => {
    const world = new World();
    world.apps = [anApp({ key, state: 'missing', project, service, containerName })];
    const [{ id }] = world.apps as [App];
    world.look([labelled(labels, { name: 'wiki' })]);
    expect(world.only).toMatchObject({ id, key, state: 'active', problems: [] });
  });
});

describe('a labelled container', () => {
  it('becomes an app', () => {
    const world = new World();
    world.look([
      labelled({ ...composed('shop', 'db'), 'backup.frequency': '@daily' }, { name: 'shop-db-1' }),
    ]);
    expect(world.only).toMatchObject({
      key: 'compose:shop/db', state: 'active', containerName: 'shop-db-1', project: 'shop', service: 'db', declaration: { frequency: 'daily' }, problems: [],
    }); // prettier-ignore
  });

  it('4: without the label it is nothing, and not even shown off the network', () => {
    const world = new World();
    world.look([aContainer({ name: 'on' }), aContainer({ name: 'off', networks: { bridge: '1' } })]);
    expect([world.apps, world.verdicts()]).toEqual([[], { on: 'no-labels' }]);
  });

  it.each(['created', 'removing'] as const)(
    'one that is listed as %s before the engine has written down its network is not off it',
    (state) => {
      const world = new World();
      const half = aContainer({
        state,
        networks: {},
        networkMode: 'backups_net',
        labels: { 'backup.enable': 'true' },
      });
      world.look([half]);
      expect(world.only.problems).toEqual([]);
      world.look([{ ...half, state: 'running' }]);
      expect(world.only.problems).toMatchObject([{ code: 'network-not-attached' }]);
    },
  );

  it.each<[string, Partial<InspectedContainer>, Record<string, string>, string]>([
    ['off the network', { networks: { bridge: '1', x: '2' } }, {}, 'network-not-attached'],
    ['on a network that is not allowed', {}, { 'backup.network': 'constructor' }, 'network-not-allowed'],
    ['8: in host mode', { networkMode: 'host', networks: { host: '' } }, {}, 'network-mode-unsupported'],
    ['8: without a network', { networkMode: 'none', networks: { none: '' } }, {}, 'network-mode-unsupported'],
    ['8: in the network of another', { networkMode: 'container:abc', networks: {} }, {}, 'network-mode-unsupported'],
    ['7: with two ports', { exposedPorts: [80, 8080] }, {}, 'port-ambiguous'],
    ['with no port', { exposedPorts: [] }, {}, 'port-missing'],
    ['30: with the secret of another', {}, { 'backup.token-ref': 'secret:other', ...composed('mine', 'web') }, 'token-not-allowed'],
    ['30: with a secret that nobody keeps', {}, { 'backup.token-ref': 'secret:away', ...composed('mine', 'web') }, 'secret-missing'],
    ['29: with an address elsewhere', {}, { 'backup.url': 'http://evil:80' }, 'url-foreign-host'],
    ['with a secret in a label', {}, { 'backup.token': 'canary-x' }, 'token-in-label'],
  ])('%s is listed as invalid, and suspended if it was an app', (_what, container, labels, code) => {
    const fresh = new World();
    fresh.look([labelled(labels, { ...container, name: 'x' })]);
    expect(fresh.only).toMatchObject({ state: 'invalid' });
    expect(fresh.only.problems.map((found) => found.code)).toContain(code);
    const known = new World();
    const own = composed('mine', 'web');
    known.look([labelled({ ...own, 'backup.frequency': 'daily@03:00' }, { name: 'x' })]);
    known.look([labelled({ ...own, 'backup.frequency': 'weekly', ...labels }, { ...container, name: 'x' })]);
    expect(known.only).toMatchObject({ state: 'suspended', declaration: { frequency: 'daily@03:00' } });
  }); // prettier-ignore

  it('7: names both ports', () => {
    const world = new World();
    world.look([labelled({}, { exposedPorts: [80, 8080] })]);
    expect(world.only.problems).toMatchObject([{ code: 'port-ambiguous', params: { ports: '80, 8080' } }]);
  });

  it('5: follows the network', () => {
    const world = new World();
    const container = labelled({}, { networks: { bridge: '1' } });
    const states = [container, { ...container, networks: { bridge: '1', backups_net: '2' } }, container].map(
      (each) => world.look([each])[0]?.state,
    );
    expect(states).toEqual(['invalid', 'active', 'suspended']);
  });

  it('with a bad label keeps its last good declaration and is degraded; a new one is invalid', () => {
    const world = new World();
    world.look([labelled({ 'backup.frequency': 'daily@05:00' }, { name: 'x' })]);
    for (const bad of [{ 'backup.frequency': 'dayly' }, { 'backup.enable': 'true"' }, { 'backup.enable: true': '', 'backup.enable': '' }]) {
      world.look([labelled(bad, { name: 'x' })]);
      expect(world.only).toMatchObject({ state: 'degraded', declaration: { frequency: 'daily@05:00' } });
    }
    const fresh = new World();
    fresh.look([labelled({ 'backup.enable': 'true"' })]);
    expect(fresh.only.state).toBe('invalid');
  }); // prettier-ignore

  it('31: of which the image made the labels is ignored, unless that is allowed', () => {
    const container = labelled({ 'backup.frequency': 'daily' }, { name: 'x' });
    const baked = asKnown(container, ['backup.enable', 'backup.frequency']);
    const world = new World();
    world.look([baked]);
    expect([world.apps, world.verdicts()]).toEqual([[], { x: 'image-labels' }]);
    const trusting = new World({ allowImageLabels: true });
    trusting.look([baked]);
    expect(trusting.only.state).toBe('active');
  });

  it('31: cannot get the identity of compose from its image', () => {
    const labels = composed('bank', 'db');
    const world = new World();
    world.look([asKnown(labelled(labels, { name: 'evil' }), Object.keys(labels))]);
    expect(world.only).toMatchObject({ key: 'name:evil', project: null, service: null });
  });

  it('is for the agent that it names', () => {
    const world = new World();
    world.look([labelled({ 'backup.instance': 'home' }, { name: 'x' })]);
    expect(world.verdicts()).toEqual({ x: 'other-instance' });
    const home = new World({ instance: 'home' });
    home.look([labelled({ 'backup.instance': 'home' })]);
    expect(home.only.state).toBe('active');
  });

  it('34: of a swarm service without labels is told where labels go', () => {
    const world = new World();
    world.look([aContainer({ name: 'x', labels: { 'com.docker.swarm.service.name': 'web' } })]);
    expect(world.seen).toMatchObject([
      { verdict: 'no-labels', problems: [{ code: 'swarm-labels', params: { service: 'web' } }] },
    ]);
  });
});

describe('recreation and absence', () => {
  it('9: in the order of compose v1, it is one app with the new schedule', () => {
    const world = new World();
    const own = composed('shop', 'db');
    const old = labelled({ ...own, 'backup.frequency': 'daily@03:00' }, { name: 'shop_db_1' });
    world.look([old]);
    const { id } = world.only;
    const renamed = { ...old, name: `${old.id.slice(0, 12)}_shop_db_1`, state: 'exited' as const };
    const fresh = labelled({ ...own, 'backup.frequency': 'weekly' }, { name: 'shop_db_1' });
    for (const seen of [[renamed], [renamed, fresh], [fresh]]) world.look(seen);
    expect(world.only).toMatchObject({ id, state: 'active', containerId: fresh.id, containerName: 'shop_db_1', declaration: { frequency: 'weekly' } });
  }); // prettier-ignore

  it('10: in the order of compose v2, the temporary name is never shown, and it is never missing', () => {
    const world = new World();
    const own = composed('shop', 'db');
    const old = labelled(own, { name: 'shop-db-1' });
    const temporary = labelled(own, { name: `${old.id.slice(0, 12)}_shop-db-1`, state: 'created' });
    const steps: InspectedContainer[][] = [
      [old], [old, temporary], [{ ...old, state: 'exited' }, temporary], [temporary], [{ ...temporary, name: 'shop-db-1' }], [{ ...temporary, name: 'shop-db-1', state: 'running' }],
    ]; // prettier-ignore
    for (const [index, step] of steps.entries()) {
      world.look(step, index * 1000);
      expect(world.only.containerName).toBe('shop-db-1');
      expect(world.only.state).not.toBe('missing');
    }
    expect(world.only).toMatchObject({ state: 'active', containerId: temporary.id });
  });

  it('15: renamed, the name follows and the key of compose stays', () => {
    const world = new World();
    const container = labelled(composed('a', 'b'), { name: 'one' });
    world.look([container]);
    world.look([{ ...container, name: 'two' }]);
    expect(world.only).toMatchObject({ key: 'compose:a/b', containerName: 'two' });
  });

  it('16, 17: stopped, crashed or paused is stopped, and running again is active', () => {
    const world = new World();
    const container = labelled();
    for (const state of ['exited', 'dead', 'paused', 'restarting'] as const) {
      world.look([container]);
      expect(world.only).toMatchObject({ state: 'active', awaySince: null });
      world.look([{ ...container, state }]);
      expect(world.only).toMatchObject({ state: 'stopped', awaySince: at(0) });
    }
  });

  it('18: gone, it is missing after the grace, keeps what it declared, and comes back as the same', () => {
    const world = new World();
    world.look([labelled({ 'backup.frequency': 'weekly' }, { name: 'x' })]);
    const { id } = world.only;
    world.look([], 1000);
    expect(world.only).toMatchObject({ state: 'active', awaySince: at(1000) });
    world.look([], 1000 + GRACE_MS);
    expect(world.only).toMatchObject({ id, state: 'missing', declaration: { frequency: 'weekly' } });
    world.look([labelled({}, { name: 'x' })], 86_400_000);
    expect(world.only).toMatchObject({ id, state: 'active', awaySince: null });
  });

  it.each<AppState>(['paused', 'pending', 'invalid'])('%s it stays while its container is away', (state) => {
    const world = new World();
    world.apps = [anApp({ state })];
    world.look([], 0);
    world.look([], GRACE_MS * 10);
    expect(world.only.state).toBe(state);
  });

  it('archived, it stays so until there is a new container', () => {
    const world = new World();
    const container = labelled({}, { name: 'x' });
    world.apps = [anApp({ key: 'name:x', state: 'archived', containerId: container.id, containerName: 'x' })];
    world.look([container]);
    expect(world.only.state).toBe('archived');
    world.look([labelled({}, { name: 'x' })]);
    expect(world.only.state).toBe('active');
  });

  it('never touches an app that was added by hand', () => {
    const world = new World();
    const app = anApp({ key: 'manual:x', origin: 'manual' });
    world.apps = [app];
    world.look([labelled()]);
    world.look([], GRACE_MS * 2);
    expect(world.apps[0]).toEqual(app);
  });

  it('what could not be looked at is neither missing nor anybody else’s', () => {
    const world = new World();
    const [mine, rival] = [
      labelled({ 'backup.id': 'x' }, { name: 'mine' }),
      labelled({ 'backup.id': 'x' }, { name: 'rival' }),
    ];
    world.look([mine]);
    const unread: KnownContainer = { listed: mine, inspected: null, fromImage: [], unread: true };
    world.look([unread], 0);
    world.look([unread], GRACE_MS * 2);
    expect(world.only).toMatchObject({ state: 'active', awaySince: null });
    world.look([unread, rival]);
    expect(world.only.containerName).toBe('mine');
  });
});

describe('several containers', () => {
  const replica = (number: number, more: Partial<InspectedContainer> = {}, labels = {}): InspectedContainer =>
    labelled({ ...composed('shop', 'web', number), ...labels }, { name: `web-${number}`, ...more });

  it('11: of one service are one app, on the lowest that is well', () => {
    const world = new World();
    const [one, two, three] = [replica(1), replica(2), replica(3)];
    const chosen = (containers: InspectedContainer[]): string | null =>
      world.look(containers)[0]?.containerName ?? null;
    expect(chosen([three, two, one])).toBe('web-1');
    expect(world.verdicts()).toEqual({ 'web-1': 'app', 'web-2': 'replica', 'web-3': 'replica' });
    expect(chosen([{ ...one, state: 'exited' }, two, three])).toBe('web-2');
    expect(chosen([{ ...one, health: 'unhealthy' }, { ...two, state: 'exited' }, three])).toBe('web-3');
    expect(chosen([one])).toBe('web-1');
    expect(world.only.state).toBe('active');
  });

  it('11: with replicas=all are one app each', () => {
    const world = new World();
    world.look([1, 2, 3].map((number) => replica(number, {}, { 'backup.replicas': 'all' })));
    expect(world.apps.map(({ key }) => key)).toEqual([
      'compose:shop/web/1',
      'compose:shop/web/2',
      'compose:shop/web/3',
    ]);
  });

  it('12: of one service name in two projects are two apps', () => {
    const world = new World();
    world.look([labelled(composed('a', 'db')), labelled(composed('b', 'db'))]);
    expect(world.apps.map(({ key }) => key)).toEqual(['compose:a/db', 'compose:b/db']);
  });

  it('14: a one-off is never an app', () => {
    const world = new World();
    world.look([labelled({ ...composed('a', 'db'), 'com.docker.compose.oneoff': 'True' }, { name: 'x' })]);
    expect([world.apps, world.verdicts()]).toEqual([[], { x: 'one-off' }]);
  });

  it('13: with one id are a conflict: the first keeps it, both show it, and the other gets it only when it is gone', () => {
    const world = new World();
    const [one, two] = [labelled({ 'backup.id': 'x' }, { name: 'one' }), labelled({ 'backup.id': 'x' }, { name: 'two' })];
    world.look([two, one]);
    expect(world.only).toMatchObject({ key: 'id:x', containerName: 'one', state: 'active', problems: [{ code: 'identity-conflict' }] });
    expect(world.verdicts()).toEqual({ one: 'app', two: 'conflict' });
    world.look([{ ...one, state: 'exited' }, two]);
    expect(world.only).toMatchObject({ containerName: 'one', state: 'stopped' });
    world.look([two], 1000);
    expect(world.only).toMatchObject({ containerName: 'one' });
    world.look([two], 1000 + GRACE_MS);
    world.look([two], 2000 + GRACE_MS);
    expect(world.only).toMatchObject({ containerName: 'two', state: 'active', problems: [] });
  }); // prettier-ignore

  it('13: whose owner is recreated do not take its identity in between', () => {
    const world = new World();
    const two = labelled({ 'backup.id': 'x' }, { name: 'two' });
    world.look([labelled({ 'backup.id': 'x' }, { name: 'one' })]);
    world.look([two]);
    world.look([two, labelled({ 'backup.id': 'x' }, { name: 'one' })], 5000);
    expect(world.only).toMatchObject({ containerName: 'one', state: 'active' });
  });
});

describe('with approval required', () => {
  const policy = { requireApproval: true };

  it('nothing gets around it: not stopped, invalid or missing first', () => {
    const container = labelled({}, { name: 'x' });
    const detours: InspectedContainer[][][] = [
      [[{ ...container, state: 'exited' }], [container]],
      [[{ ...container, networks: {} }], [container]],
      [[{ ...container, labels: { 'backup.enable': 'nonsense' } }], [container]],
      [[{ ...container, networks: {} }], [], [], [container]],
      [[container], [], [], [labelled({}, { name: 'x' })]],
    ];
    for (const steps of detours) {
      const world = new World(policy);
      for (const [index, step] of steps.entries()) world.look(step, index * GRACE_MS * 2);
      expect(world.only.state).toBe('pending');
    }
  });

  it('it holds for the service that was seen, not for another that claims its identity later', () => {
    const world = new World(policy);
    const own = { 'backup.id': 'x', ...composed('good', 'web') };
    world.apps = [
      anApp({ key: 'id:x', state: 'active', project: 'good', service: 'web', containerId: 'old' }),
    ];
    world.look([labelled(own)]);
    expect(world.only.state).toBe('active');
    world.look([], 0);
    world.look([], GRACE_MS);
    world.look([labelled({ 'backup.id': 'x', ...composed('evil', 'web') })], GRACE_MS * 2);
    expect(world.only.state).toBe('pending');
  });
});

describe('a label that asks to keep fewer copies', () => {
  const DAY_MS = 86_400_000;
  it.each<[string, string | null, string | null, string]>([
    ['than before', 'daily=30', 'daily=7', 'daily=30,min=3'],
    ['by not being there any more', 'daily=30', null, 'daily=30,min=3'],
    ['than the default', null, 'last=1', 'daily=7,weekly=4'],
  ])('%s waits a day', (_what, before, after, meanwhile) => {
    const world = new World();
    const own = (retention: string | null): InspectedContainer =>
      labelled(retention === null ? {} : { 'backup.retention': retention }, { name: 'x' });
    world.look([own(before)]);
    world.look([own(after)], 1000);
    world.look([own(after)], DAY_MS);
    expect(world.only).toMatchObject({ declaration: { retention: meanwhile }, problems: [{ code: 'retention-shrunk' }] });
    world.look([own(after)], DAY_MS + 1001);
    expect(world.only.problems).toEqual([]);
    expect(world.only.declaration.retention ?? null).toBe(after === null ? null : `${after},min=3`);
  }); // prettier-ignore
});

describe('whatever Docker shows, in whatever order', () => {
  const anyContainer = fc.record({
    name: fc.constantFrom('a', 'b', '0123456789ab_a'),
    state: fc.constantFrom('running' as const, 'exited' as const, 'paused' as const, 'created' as const),
    labels: fc.dictionary(
      fc.constantFrom(
        'backup.enable',
        'backup.id',
        'backup.replicas',
        'backup.frequency',
        'backup.retention',
      ),
      fc.constantFrom('true', 'false', 'x', 'all', 'daily', 'last=1', 'daily=9', ''),
    ),
    compose: fc.option(fc.tuple(fc.constantFrom('p', 'q'), fc.integer({ min: 1, max: 3 }))),
    networks: fc.constantFrom({ backups_net: '1' }, {}, { other: '1' }),
  });
  const anyMoment = fc.array(anyContainer, { maxLength: 5 });

  it('no app is ever lost or doubled, and looking again changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyMoment, { maxLength: 6 }), (moments) => {
        const world = new World();
        let keys = new Set<string>();
        for (const [index, moment] of moments.entries()) {
          const containers = moment.map(({ compose, labels, ...more }) =>
            aContainer({
              ...more,
              labels: { ...labels, ...(compose === null ? {} : composed(compose[0], 'web', compose[1])) },
            }),
          );
          const now = new Set(world.look(containers, index * 50_000).map(({ key }) => key));
          expect(now.size).toBe(world.apps.length);
          for (const key of keys) expect(now.has(key)).toBe(true);
          keys = now;
        }
      }),
      { numRuns: 500 },
    );
  });
});
