import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { freePort } from '../../test/bed/stand-ins/ports.js';
import { aContainer } from '../../test/builders/a-container.js';
import { FakeEngine } from '../../test/builders/fake-engine.js';
import type { Fault } from '../../test/builders/fake-engine.js';
import type { AppConfig } from '../config/app-config.js';
import { SystemClock } from '../core/clock.js';
import { describeDocker } from './docker.contract.js';
import type { DockerHint } from './docker.gateway.js';
import { DockerodeGateway } from './dockerode.gateway.js';

class HastyGateway extends DockerodeGateway {
  protected override readonly callMs = 300;
}

const gatewayTo = (dockerHost: string): DockerodeGateway =>
  new HastyGateway(
    { dockerHost, dockerCertPath: null, dockerApiVersion: null } as AppConfig,
    new SystemClock(),
  );

const soon = async (what: string, when: () => boolean, ms = 5000): Promise<void> => {
  const end = Date.now() + ms;
  while (!when()) {
    if (Date.now() > end) throw new Error(`${what} took longer than ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

for (const apiVersion of ['1.41', '1.52']) {
  describeDocker(`API ${apiVersion} on a socket`, async () => {
    const engine = await new FakeEngine({ apiVersion }).start();
    const docker = gatewayTo(engine.host);
    return {
      docker,
      put: (environment) => {
        const container = aContainer({ aliases: ['app'], exposedPorts: [80, 8080] });
        engine.containers.set(container.id, container);
        engine.environments.set(
          container.id,
          Object.entries(environment).map((pair) => pair.join('=')),
        );
        return Promise.resolve(container);
      },
      remove: (id) => {
        engine.containers.delete(id);
        engine.tell('destroy', id);
        return Promise.resolve();
      },
      stop: async () => {
        docker.onModuleDestroy();
        await engine.stop();
      },
    };
  });
}

describe('the gateway on a socket', () => {
  let engine: FakeEngine;
  let docker: DockerodeGateway;
  let listening: Subscription | null = null;

  beforeEach(async () => {
    engine = await new FakeEngine().start();
    docker = gatewayTo(engine.host);
  });
  afterEach(async () => {
    listening?.unsubscribe();
    listening = null;
    docker.onModuleDestroy();
    await engine.stop();
  });

  const heard = (): DockerHint[] => {
    const hints: DockerHint[] = [];
    listening = docker.hints().subscribe((hint) => hints.push(hint));
    return hints;
  };

  // Scenario 23.
  it.each<Fault>(['buffer', 'empty-200', 'error-500', 'object', 'refuse'])(
    '23: a listing that is %s is a failure, never an empty one',
    async (fault) => {
      engine.faults.set('/containers/json', fault);
      await expect(docker.list()).rejects.toMatchObject({ code: 'docker-unavailable' });
    },
  );

  it.each<Fault>(['cut', 'hang'])(
    '23: a listing that is %s ends by its own deadline',
    async (fault) => {
      engine.faults.set('/containers/json', fault);
      const began = performance.now();
      await expect(docker.list()).rejects.toMatchObject({ code: 'docker-unavailable' });
      expect(performance.now() - began).toBeLessThan(2000);
    },
    15_000,
  );

  it('speaks the version of the engine, but none that is newer than 1.52', async () => {
    await docker.list();
    expect(engine.requests).toEqual(['GET /version', 'GET /v1.41/containers/json?all=true']);
    const newer = await new FakeEngine({ apiVersion: '1.99' }).start();
    const other = gatewayTo(newer.host);
    await other.list();
    expect(other.status()).toEqual({ connected: true, detail: '', apiVersion: '1.52' });
    await newer.stop();
  });

  it('connects once for all who ask at the same time, and tells of a connection that is back only', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const versions = (): number => engine.requests.filter((line) => line === 'GET /version').length;
    const threeAtOnce = (): Promise<unknown> =>
      Promise.all([docker.list(), docker.list(), docker.imageLabels('sha256:app')]);
    await threeAtOnce();
    expect(versions()).toBe(1);
    expect(log).not.toHaveBeenCalled();

    docker = gatewayTo(engine.host);
    engine.faults.set('/version', 'error-500');
    await expect(docker.list()).rejects.toThrow();
    engine.faults.clear();
    await threeAtOnce();
    expect(versions()).toBe(3);
    expect(log.mock.calls).toEqual([['connected, API 1.41']]);
    log.mockRestore();
  });

  it('speaks the version it was told to, if the engine does', async () => {
    const told = (dockerApiVersion: string): DockerodeGateway =>
      new HastyGateway(
        { dockerHost: newer.host, dockerCertPath: null, dockerApiVersion } as AppConfig,
        new SystemClock(),
      );
    const newer = await new FakeEngine({ apiVersion: '1.44' }).start();
    await told('1.43').list();
    expect(newer.requests.at(-1)).toBe('GET /v1.43/containers/json?all=true');
    const detail = 'DOCKER_API_VERSION is 1.45, but the engine speaks 1.24 to 1.44';
    await expect(told('1.45').list()).rejects.toMatchObject({ code: 'docker-unavailable', detail });
    await newer.stop();
  });

  it('needs GET only', async () => {
    const container = aContainer();
    engine.containers.set(container.id, container);
    heard();
    await docker.list();
    await docker.inspect(container.id);
    await docker.imageLabels('sha256:app');
    await docker.environmentValue(container.id, 'X');
    await soon('the stream', () => engine.openStreams() === 1);
    expect(engine.requests.filter((line) => !line.startsWith('GET '))).toEqual([]);
  });

  it('opens the stream again when it ends, tells of it, and asks for what came meanwhile', async () => {
    const hints = heard();
    await soon('the stream', () => engine.openStreams() === 1);
    engine.tell('start', 'a'.repeat(64));
    await soon('the event', () => hints.some(({ action }) => action === 'start'));
    engine.endStreams();
    await soon('the second stream', () => hints.filter(({ kind }) => kind === 'connection').length === 2);
    const asked = engine.requests
      .filter((line) => line.includes('/events'))
      .map((line) => /since=(\d+)/.exec(line)?.[1]);
    expect(Number(asked[1])).toBeGreaterThanOrEqual(Number(asked[0]));
    expect(asked[1]).toBe(String(hints.find(({ action }) => action === 'start')?.at));
  });

  it('reads events in pieces and several at once, and leaves out what is none', async () => {
    const hints = heard();
    await soon('the stream', () => engine.openStreams() === 1);
    const event = (id: string): string =>
      JSON.stringify({ Type: 'container', Action: 'die', Actor: { ID: id, Attributes: {} }, time: 1 });
    engine.sendRaw(
      `${event('one')}\n${event('two')}\nnot json\n[]\n{"Type":"x"}\n${event('three').slice(0, 20)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    engine.sendRaw(`${event('three').slice(20)}\r\n`);
    await soon('three events', () => hints.length === 4);
    expect(hints.slice(1).map(({ containerId }) => containerId)).toEqual(['one', 'two', 'three']);
  });

  it('33: four causes have four answers', async () => {
    const said = async (host: string): Promise<string> => {
      const gateway = gatewayTo(host);
      await expect(gateway.list()).rejects.toMatchObject({ code: 'docker-unavailable' });
      expect(gateway.status().connected).toBe(false);
      return gateway.status().detail;
    };
    const folder = mkdtempSync(join(tmpdir(), 'bo-gateway-'));
    expect(await said(`unix://${folder}/none.sock`)).toContain('mount the socket');
    expect(await said(`tcp://127.0.0.1:${await freePort()}`)).toContain('nobody listens');
    engine.faults.set('/version', 'refuse');
    expect(await said(engine.host)).toContain('socket proxy refused');
    const old = await new FakeEngine({ apiVersion: '1.40' }).start();
    expect(await said(old.host)).toContain('at least 1.41');
    await old.stop();
    rmSync(folder, { recursive: true });
  });

  it('does not mistake a web server for an engine', async () => {
    engine.faults.set('/version', 'empty-200');
    await expect(docker.list()).rejects.toMatchObject({ detail: 'what answers is not a Docker engine' });
    expect(docker.status().connected).toBe(false);
  });

  it('opens the stream again after a call that was not answered, and stays connected when only that one was late', async () => {
    const container = aContainer();
    engine.containers.set(container.id, container);
    const hints = heard();
    await soon('the stream', () => engine.openStreams() === 1);
    engine.faults.set(`/containers/${container.id}/json`, 'hang');
    await expect(docker.inspect(container.id)).rejects.toMatchObject({ code: 'docker-unavailable' });
    await soon('another stream', () => hints.filter(({ kind }) => kind === 'connection').length === 2);
    expect(docker.status()).toMatchObject({ connected: true, detail: '' });
  });

  it('24: is not connected when the ping is not answered either', async () => {
    heard();
    await soon('the stream', () => engine.openStreams() === 1);
    for (const path of ['/containers/json', '/_ping', '/version']) engine.faults.set(path, 'hang');
    await expect(docker.list()).rejects.toMatchObject({ code: 'docker-unavailable' });
    await soon('the loss', () => !docker.status().connected, 8000);
    engine.faults.clear();
    await soon('the return', () => docker.status().connected && engine.openStreams() === 1, 8000);
  }, 20_000);

  it('is connected again when the engine is back', async () => {
    engine.faults.set('/version', 'error-500');
    await expect(docker.list()).rejects.toThrow();
    expect(docker.status()).toMatchObject({ connected: false });
    engine.faults.clear();
    expect(await docker.list()).toEqual([]);
    expect(docker.status()).toMatchObject({ connected: true, detail: '' });
  });
});
