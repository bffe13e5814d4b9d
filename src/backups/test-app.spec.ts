import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startExportApp } from '../../test/bed/export-app/server.mjs';
import type { ExportApp, ExportAppConfig } from '../../test/bed/export-app/server.mjs';
import type { App } from '../apps/app.entity.js';
import { SecretKeeper } from '../apps/secret-keeper.js';
import type { Check } from '../core/checklist.js';
import { SystemClock } from '../core/clock.js';
import { SecretsBox } from '../core/secrets-box.js';
import { ScriptedDocker } from '../docker/scripted-docker.js';
import { HttpContractExporter } from '../exporters/http-contract.exporter.js';
import { OrderFactory } from './order-factory.js';
import { TestAppService } from './test-app.service.js';
import { makeWorld } from './world.fixture.js';
import type { World } from './world.fixture.js';

const TOKEN = 'canary-test-now-31';
const STEPS = ['resolve', 'connect', 'auth', 'capabilities', 'headers', 'first-bytes', 'checksum'];

describe('a test without storing', () => {
  let world: World;
  let exportApp: ExportApp;
  let service: TestAppService;
  let app: App;

  beforeAll(async () => {
    exportApp = await startExportApp({ token: TOKEN, sizeBytes: 100_000, retryAfter: '0.01' });
  });
  afterAll(() => exportApp.close());
  beforeEach(async () => {
    exportApp.control({ mode: 'sync', sizeBytes: 100_000, capabilities: 'ok', format: 'dump' });
    world = await makeWorld({ connectTimeoutMs: 500, idleTimeoutMs: 500 });
    const { config, clock } = world;
    const secrets = new SecretKeeper(world.db, config, clock, new SecretsBox(config.appSecretKey));
    const exporter = new HttpContractExporter(new ScriptedDocker(), config, new SystemClock(), secrets);
    const orders = new OrderFactory(world.apps, config, clock);
    service = new TestAppService(world.apps, orders, exporter, world.destinations, new SystemClock());
    app = await world.apps.add({
      key: 'manual:x', origin: 'manual', state: 'active', declaration: { destinations: 'nas,cloud' }, problems: [], containerId: null, containerName: null,
      image: null, project: null, service: null, manualUrl: exportApp.url, manualToken: null, wantedName: 'x',
    }); // prettier-ignore
    await world.apps.update(app.id, { manualToken: world.apps.sealToken(app.id, TOKEN) });
  });
  afterEach(() => world.close());

  async function checks(patch: Partial<ExportAppConfig> = {}): Promise<Check[]> {
    exportApp.control(patch);
    const fresh = await world.apps.byId(app.id);
    const found = await service.test(fresh!, new AbortController().signal);
    // Whatever it met, nothing stays.
    for (const destination of [world.nas, world.cloud]) expect([...destination.objects.keys()]).toEqual([]);
    expect(await world.catalog.ofApp(app.id)).toEqual([]);
    expect(JSON.stringify(found)).not.toContain(TOKEN);
    return found;
  }
  const outcomes = (found: readonly Check[]): string[] =>
    found.map(({ name, subject, outcome, failure }) =>
      [name, subject, outcome, failure?.code].filter((part) => part !== '' && part !== undefined).join(' '),
    );
  const good = STEPS.map((name) => `${name} ok`);
  const rest = ['destination nas ok', 'destination cloud ok'];

  it('says of each step that it is good, with its time', async () => {
    const found = await checks();
    expect(outcomes(found)).toEqual([...good, ...rest]);
    expect(found.every(({ tookMs }) => Number.isInteger(tookMs) && tookMs >= 0)).toBe(true);
    expect(found.find(({ name }) => name === 'checksum')?.detail).toContain(exportApp.sha256());
  });

  it('takes an async export as well', async () => {
    expect(outcomes(await checks({ mode: 'async' }))).toEqual([...good, ...rest]);
  });

  it.each<[string, Partial<ExportAppConfig>, string, string[]]>([
    ['a wrong status', { mode: 'status', status: 500 }, 'headers failed app-error', ['first-bytes', 'checksum']],
    ['a wrong checksum', { mode: 'wrong-checksum' }, 'checksum failed checksum-mismatch', []],
    ['a broken stream', { mode: 'abort-chunked', abortAt: 0 }, 'first-bytes failed export-broken', ['checksum']],
    ['no checksum', { mode: 'bare' }, 'checksum warning', []],
    ['another format', { format: 'gzip' }, 'first-bytes warning', []],
    ['no capabilities', { capabilities: 'missing' }, 'capabilities warning', []],
  ])('%s: says so, skips what depends on it, and tries the destinations all the same', async (_what, patch, says, skipped) => {
    const expected = good.map((line) => {
      const [name = ''] = line.split(' ');
      if (says.startsWith(`${name} `)) return says;
      return skipped.includes(name) ? `${name} skipped` : line;
    });
    expect(outcomes(await checks(patch))).toEqual([...expected, ...rest]);
  }); // prettier-ignore

  it('a wrong token and a dead address end where they are met', async () => {
    await world.apps.update(app.id, { manualToken: world.apps.sealToken(app.id, 'another-token') });
    expect(outcomes(await checks()).slice(0, 4)).toEqual([
      'resolve ok',
      'connect ok',
      'auth failed app-auth',
      'capabilities skipped',
    ]);
    await world.apps.update(app.id, { manualUrl: 'http://127.0.0.1:1' });
    expect(outcomes(await checks()).slice(0, 3)).toEqual([
      'resolve ok',
      'connect failed app-unreachable',
      'auth skipped',
    ]);
  });

  it('reads no more of a large export than it needs, and lets go of it', async () => {
    const sentBefore = exportApp.sentBytes();
    const found = outcomes(await checks({ mode: 'endless' }));
    expect(found).toEqual([...good.map((line) => line.replace('headers ok', 'headers warning')), ...rest]);
    expect(exportApp.sentBytes() - sentBefore).toBeLessThan(100 * 1024 * 1024);
  });

  it('a destination that fails is named, and the others are tried', async () => {
    world.nas.faults.failure = 'destination-unreachable';
    const found = outcomes(await checks());
    expect(found.slice(-2)).toEqual([
      'destination nas failed destination-unreachable',
      'destination cloud ok',
    ]);
  });
});
