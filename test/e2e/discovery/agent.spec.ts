import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { startAgent } from '../../bed/agent.js';
import type { Agent } from '../../bed/agent.js';
import { leave } from '../../bed/cleanup.js';
import { ensureNetwork } from '../../bed/containers.js';
import { startEngine } from '../../bed/engine.js';
import type { Engine } from '../../bed/engine.js';
import { makeImages } from '../../bed/images.js';
import type { BedImages } from '../../bed/images.js';
import { until } from '../../bed/shell.js';
import { eachOf, engineCall, pause } from './harness.js';

/** Each costs a start of the whole agent; kills.spec.ts kills its discovery a hundred times. */
const KILLS = Number(process.env['KILLS'] ?? 5);

describe('the built agent', () => {
  let engine: Engine;
  let images: BedImages;
  let agent: Agent;

  beforeAll(async () => {
    engine = await startEngine();
    images = await makeImages(engine);
    await ensureNetwork(engine);
    agent = await startAgent({ DOCKER_HOST: engine.host, RESYNC_S: '5' });
  }, 120_000);
  afterAll(leave, 120_000);

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
        expect(['active', 'stopped']).toContain(row['state']);
        expect(() => JSON.parse(String(row['declaration']))).not.toThrow();
      }
      await agent.start();
    }
    await until('all apps', async () => {
      const { items } = (await agent.api('GET', '/api/apps')).body;
      const keys = items.map(({ key }: { key: string }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      return items.filter(({ state }: { state: string }) => state === 'active').length === names.length
        ? true
        : null;
    });
  }, 400_000);
});
