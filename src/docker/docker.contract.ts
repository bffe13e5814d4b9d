import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom, takeWhile, timeout, toArray } from 'rxjs';
import type { DockerGateway, DockerHint, InspectedContainer } from './docker.gateway.js';

/** One engine with the containers that the suite asks for. */
export interface EngineUnderTest {
  docker: DockerGateway;
  /** Puts a running container there with these environment variables. @returns as the gateway should describe it */
  put(environment: Readonly<Record<string, string>>): Promise<InspectedContainer>;
  /** Removes it by force. */
  remove(containerId: string): Promise<void>;
  stop(): Promise<void>;
}

/** What every gateway does, the fake like the real one. */
export function describeDocker(name: string, make: () => Promise<EngineUnderTest>): void {
  describe(`${name} as a Docker engine`, () => {
    let engine: EngineUnderTest;
    let container: InspectedContainer;

    beforeAll(async () => {
      engine = await make();
      container = await engine.put({ BACKUP_TOKEN: 'canary-contract', EMPTY: '' });
    }, 60_000);
    afterAll(() => engine.stop());

    it('lists a container with its labels, networks and state', async () => {
      const found = (await engine.docker.list()).find(({ id }) => id === container.id);
      const { name: itsName, image, state, labels, networks } = container;
      expect(found).toMatchObject({ name: itsName, image, state, labels, networks });
    });

    it('inspects a container: its ports and its names too', async () => {
      const found = await engine.docker.inspect(container.id);
      expect(found).toMatchObject({ id: container.id, name: container.name, health: 'none' });
      expect(found?.exposedPorts).toEqual(container.exposedPorts);
      expect(found?.networks).toEqual(container.networks);
    });

    it('knows no container that is not there', async () => {
      expect(await engine.docker.inspect('0'.repeat(64))).toBeNull();
    });

    it('tells one variable of a container and not another', async () => {
      expect(await engine.docker.environmentValue(container.id, 'BACKUP_TOKEN')).toBe('canary-contract');
      expect(await engine.docker.environmentValue(container.id, 'BACKUP')).toBeNull();
      expect(await engine.docker.environmentValue('0'.repeat(64), 'BACKUP_TOKEN')).toBeNull();
    });

    it('tells of a connection first, then of what happens', async () => {
      const other = await engine.put({});
      const hints = engine.docker.hints();
      const first = await firstValueFrom(hints.pipe(timeout(10_000)));
      expect(first.kind).toBe('connection');
      const two = firstValueFrom(
        hints.pipe(
          // Replays of what happened before may come in between.
          takeWhile((hint) => !isEndOf(other.id, hint), true),
          toArray(),
          timeout(10_000),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      await engine.remove(other.id);
      expect((await two).at(-1)).toMatchObject({ containerId: other.id, action: 'destroy' });
      expect(engine.docker.status()).toMatchObject({ connected: true });
    });
  });
}

const isEndOf = (id: string, hint: DockerHint): boolean =>
  hint.containerId === id && hint.action === 'destroy';
