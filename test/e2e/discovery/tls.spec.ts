import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/config/load-config.js';
import { SystemClock } from '../../../src/core/clock.js';
import { DockerodeGateway } from '../../../src/docker/dockerode.gateway.js';
import { atEnd, leave } from '../../bed/cleanup.js';
import { ensureNetwork, runContainer } from '../../bed/containers.js';
import { findOrStartEngine } from '../../bed/engine.js';
import type { Engine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import { onEnd } from '../../bed/reaper.js';
import { testCa } from '../../bed/stand-ins/test-ca.js';
import type { TestCa } from '../../bed/stand-ins/test-ca.js';
import { startEngineProxy } from './engine-proxy.js';
import type { EngineProxy } from './engine-proxy.js';
import { startDiscovery } from './harness.js';

const TAG = `tls${process.pid}`;
const GIVEN = { APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'correct horse battery' };

describe('an engine behind TLS', () => {
  let engine: Engine;
  let image = '';
  let ours: TestCa;
  let foreign: TestCa;
  let proxy: EngineProxy;
  let plain: EngineProxy;

  beforeAll(async () => {
    engine = await findOrStartEngine();
    image = (await makeImages(engine)).busybox;
    await ensureNetwork(engine);
    [ours, foreign] = await Promise.all([testCa(['localhost']), testCa(['localhost'])]);
    atEnd(() => ours.remove());
    atEnd(() => foreign.remove());
    proxy = await startEngineProxy(engine, { key: ours.key, cert: ours.cert, ca: ours.caCert });
    plain = await startEngineProxy(engine);
    atEnd(() => proxy.stop());
    atEnd(() => plain.stop());
  }, 120_000);
  afterAll(leave, 60_000);

  /** A folder as DOCKER_CERT_PATH names it; what is null is left out. */
  async function folderWith(files: Record<'ca' | 'cert' | 'key', Buffer | string | null>): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'bo-tls-'));
    await onEnd({ remove: folder });
    for (const [name, content] of Object.entries(files))
      if (content !== null) writeFileSync(join(folder, `${name}.pem`), content, { mode: 0o600 });
    return folder;
  }
  const good = (): Record<'ca' | 'cert' | 'key', Buffer | string | null> => ({
    ca: ours.caCert,
    cert: ours.cert,
    key: ours.key,
  });

  /** What a person is told who asks with these files. */
  async function saidWith(
    files: Parameters<typeof folderWith>[0],
    dockerHost = proxy.host,
    env: Record<string, string> = {},
  ): Promise<string> {
    const config = loadConfig({
      ...GIVEN, DOCKER_HOST: dockerHost, DOCKER_CERT_PATH: await folderWith(files), ...env,
    }); // prettier-ignore
    const gateway = new DockerodeGateway(config, new SystemClock());
    try {
      await gateway.list();
      return 'connected';
    } catch (error) {
      expect(gateway.status()).toMatchObject({
        connected: false,
        detail: (error as { detail: string }).detail,
      });
      return gateway.status().detail;
    } finally {
      gateway.onModuleDestroy();
    }
  }

  it('is watched with the files of DOCKER_CERT_PATH, in the version of DOCKER_API_VERSION', async () => {
    const discovery = await startDiscovery(proxy.host, {
      DOCKER_CERT_PATH: await folderWith(good()), DOCKER_TLS_VERIFY: '1', DOCKER_API_VERSION: '1.41', LABEL_PREFIX: TAG,
    }); // prettier-ignore
    await runContainer(engine, {
      image,
      name: `${TAG}-app`,
      labels: { [`${TAG}.enable`]: 'true', [`${TAG}.port`]: '80' },
    });
    await discovery.app(`name:${TAG}-app`, ({ state }) => state === 'active');
    expect(discovery.status()).toMatchObject({ connected: true, apiVersion: '1.41' });
    expect(
      proxy.requests.filter((line) => line !== 'GET /version' && !line.startsWith('GET /v1.41/')),
    ).toEqual([]);
    await engine.docker(['rm', '-f', `${TAG}-app`]);
    await discovery.stop();
  }, 60_000);

  it.each(['ca', 'cert', 'key'] as const)('without %s.pem says which file is missing', async (name) => {
    expect(await saidWith({ ...good(), [name]: null })).toMatch(
      new RegExp(
        `/${name}\\.pem cannot be read \\(ENOENT\\): DOCKER_CERT_PATH must be a folder with ca\\.pem, cert\\.pem and key\\.pem$`,
      ),
    );
  });

  it('says what is wrong with the files, each in its own way', async () => {
    expect(await saidWith(good())).toBe('connected');
    expect(await saidWith({ ...good(), ca: foreign.caCert })).toContain('not from the authority in ca.pem');
    expect(await saidWith({ ...good(), cert: foreign.cert, key: foreign.key })).toContain(
      'refused the certificate in cert.pem',
    );
    expect(await saidWith({ ...good(), key: foreign.key })).toContain('do not belong together');
    expect(await saidWith({ ...good(), cert: 'no certificate' })).toContain('damaged');
    expect(await saidWith(good(), proxy.host.replace('localhost', '127.0.0.1'))).toContain(
      'for another name',
    );
    expect(await saidWith(good(), plain.host)).toContain('does not speak TLS: leave out DOCKER_CERT_PATH');
  }, 60_000);

  it('is not asked plainly by mistake', () => {
    expect(() => loadConfig({ ...GIVEN, DOCKER_HOST: proxy.host, DOCKER_TLS_VERIFY: '1' })).toThrow(
      'DOCKER_TLS_VERIFY needs DOCKER_CERT_PATH',
    );
  });
});
