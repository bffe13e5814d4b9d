import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backUp, startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { atEnd, leave } from '../bed/cleanup.js';
import { ensureNetwork, runContainer } from '../bed/containers.js';
import { findOrStartEngine } from '../bed/engine.js';
import type { Engine } from '../bed/engine.js';
import { startExportApp } from '../bed/export-app/server.mjs';
import { makeImages } from '../bed/images.js';
import { until } from '../bed/shell.js';
import { filesBelow } from '../faults/files.js';

const TAG = `s${process.pid}`;
const CANARIES = {
  env: 'canary-env-31337-aaaa',
  secret: 'canary-secret-31337-bbbb',
  manual: 'canary-manual-31337-cccc',
  other: 'canary-other-variable-31337',
};

/** Every argument list on the machine, read now. */
function argumentLists(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .join('\n');
}

describe('secrets', () => {
  let engine: Engine;
  let agent: Agent;
  let answers = '';
  let seenArguments = '';

  beforeAll(async () => {
    engine = await findOrStartEngine();
    const images = await makeImages(engine);
    await ensureNetwork(engine);
    agent = await startAgent({
      DOCKER_HOST: engine.host,
      [`BACKUP_TOKEN_${TAG.toUpperCase()}`]: CANARIES.secret,
      LOG_LEVEL: 'verbose',
      RETRY_DELAYS_S: '1,1,1',
    });
    const labels = { 'backup.enable': 'true' };
    // The app's own token is given to the container by file, so that the bed's own command line does not hold it.
    await runContainer(engine, {
      image: images.app,
      name: `${TAG}-env`,
      labels,
      args: ['--env-file', envFile({ BACKUP_TOKEN: CANARIES.env, DB_PASSWORD: CANARIES.other })],
    });
    await runContainer(engine, {
      image: images.app, name: `${TAG}-secret`, args: ['--env-file', envFile({ BACKUP_TOKEN: CANARIES.secret })],
      labels: { ...labels, 'backup.token-ref': `secret:${TAG}`, 'com.docker.compose.project': TAG, 'com.docker.compose.service': 'web' },
    }); // prettier-ignore
    // Another project asks for the same secret: it must get nothing.
    await runContainer(engine, {
      image: images.app,
      name: `${TAG}-thief`,
      labels: { ...labels, 'backup.token-ref': `secret:${TAG}` },
    });
    const byHand = await startExportApp({ token: CANARIES.manual });
    atEnd(() => byHand.close());
    await agent.api('POST', '/api/apps', { name: `${TAG}-hand`, url: byHand.url, token: CANARIES.manual });
    await until('the discovery', async () =>
      (await agent.api('GET', '/api/apps')).body.items.length === 4 ? true : null,
    );
  }, 120_000);
  afterAll(leave, 60_000);

  function envFile(values: Record<string, string>): string {
    const path = join(agent.dataDir, '..', `env-${Object.keys(values).join('-')}-${Math.random()}`);
    writeFileSync(
      path,
      Object.entries(values)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    return path;
  }

  it('reach only the app they belong to', async () => {
    const apps = (await agent.api('GET', '/api/apps')).body.items as {
      id: string;
      name: string;
      key: string;
      state: string;
      problems: { code: string }[];
    }[];
    const watching = setInterval(() => (seenArguments += argumentLists()), 20);
    for (const app of apps.filter(({ key }) => !key.includes('thief')))
      expect(await backUp(agent, app.id)).toMatchObject({ outcome: 'succeeded' });
    clearInterval(watching);
    const thief = apps.find(({ key }) => key.includes('thief'))!;
    expect(thief).toMatchObject({ state: 'invalid', problems: [{ code: 'token-not-allowed' }] });
    expect((await agent.api('POST', `/api/apps/${thief.id}/backups`)).status).toBe(409);
    for (const path of [
      '/api/apps',
      '/api/jobs',
      '/api/discovery',
      '/api/destinations',
      `/api/apps/${apps[0]!.id}`,
    ])
      answers += JSON.stringify((await agent.api('GET', path)).body);
  }, 60_000);

  it.each(Object.entries(CANARIES))(
    '%s: in no answer, log, argument list, or file of the agent',
    (_name, canary) => {
      expect(answers).not.toContain(canary);
      expect(agent.log()).not.toContain(canary);
      expect(seenArguments.length).toBeGreaterThan(1000);
      expect(seenArguments).not.toContain(canary);
      for (const folder of [agent.dataDir, agent.backupsDir]) {
        for (const file of filesBelow(folder))
          expect({ file, holds: readFileSync(join(folder, file)).includes(canary) }).toEqual({
            file,
            holds: false,
          });
      }
    },
  );

  it('of the agent itself are in no answer, log or argument list either', () => {
    for (const secret of [agent.password, agent.apiToken]) {
      expect(answers).not.toContain(secret);
      expect(agent.log()).not.toContain(secret);
      expect(seenArguments).not.toContain(secret);
    }
  });
});
