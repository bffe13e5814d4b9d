import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backUp, startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { leave } from '../bed/cleanup.js';
import { BACKUPS_NETWORK, ensureNetwork, runContainer } from '../bed/containers.js';
import { findOrStartEngine } from '../bed/engine.js';
import type { Engine } from '../bed/engine.js';
import { makeImages } from '../bed/images.js';
import type { BedImages } from '../bed/images.js';
import { until } from '../bed/shell.js';

const TAG = `t${process.pid}`;
const TOKEN = 'canary-discovery-token-1';

interface AppJson {
  id: string;
  key: string;
  name: string;
  state: string;
  problems: { code: string }[];
  settings: Record<string, { value: unknown; from: string; shadowed?: string }>;
  container: { id: string; name: string } | null;
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

describe('discovery on a real engine', () => {
  let engine: Engine;
  let images: BedImages;
  let agent: Agent;

  beforeAll(async () => {
    engine = await findOrStartEngine();
    images = await makeImages(engine);
    await ensureNetwork(engine);
    agent = await startAgent({
      DOCKER_HOST: engine.host,
      MISSING_GRACE_S: '1',
      RESYNC_S: '2',
      RETRY_DELAYS_S: '1,1,1,1',
    });
  }, 120_000);
  afterAll(leave, 60_000);

  const apps = async (): Promise<AppJson[]> => (await agent.api('GET', '/api/apps')).body.items;
  const appWith = (
    key: string,
    when: (app: AppJson) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<AppJson> =>
    until(
      `the app ${key}`,
      async () => (await apps()).find((app) => app.key === key && when(app)) ?? null,
      timeoutMs,
      10,
    );
  const seen = async (
    name: string,
  ): Promise<{ verdict: string; why: string; problems: { code: string }[] } | undefined> =>
    (await agent.api('GET', '/api/discovery')).body.items.find(
      (item: { name: string }) => item.name === name,
    );
  /** Each container is looked at in its own time: that one is an app says nothing of the next. */
  const seenAs = (name: string, verdict: string): Promise<true> =>
    until(`${name} as ${verdict}`, async () => ((await seen(name))?.verdict === verdict ? true : null));
  const start = (
    name: string,
    labels: Record<string, string> = {},
    more: Partial<Parameters<typeof runContainer>[1]> = {},
  ): Promise<string> =>
    runContainer(engine, {
      image: images.app,
      name: `${TAG}-${name}`,
      env: { BACKUP_TOKEN: TOKEN },
      labels: { 'backup.enable': 'true', ...labels },
      ...more,
    });
  const remove = (name: string): Promise<string> => engine.docker(['rm', '-f', `${TAG}-${name}`]);

  it('1: a labelled container is an app within a second (p95 over 50 starts)', async () => {
    const times: number[] = [];
    for (let index = 0; index < 50; index += 1) {
      const id = await engine.docker([
        'create',
        '--name',
        `${TAG}-fast-${index}`,
        '--network',
        BACKUPS_NETWORK,
        '--label',
        'backup.enable=true',
        images.busybox,
      ]);
      await engine.docker(['start', id]);
      const began = performance.now();
      await appWith(`name:${TAG}-fast-${index}`);
      times.push(performance.now() - began);
    }
    process.stdout.write(
      `discovery: start to app p50 ${percentile(times, 0.5).toFixed(0)} ms, p95 ${percentile(times, 0.95).toFixed(0)} ms\n`,
    );
    expect(percentile(times, 0.95)).toBeLessThan(1000);
    await engine.docker(['rm', '-f', ...Array.from({ length: 50 }, (_, index) => `${TAG}-fast-${index}`)]);
  }, 180_000);

  it('9: recreated with a changed frequency it is the same app, with its history', async () => {
    const compose = {
      'com.docker.compose.project': TAG,
      'com.docker.compose.service': 'blog',
      'com.docker.compose.container-number': '1',
    };
    await start('blog', { ...compose, 'backup.frequency': 'daily@03:00' });
    const before = await appWith(`compose:${TAG}/blog`);
    expect(before.settings['frequency']).toMatchObject({ value: 'daily@03:00', from: 'label' });
    expect(await backUp(agent, before.id)).toMatchObject({ outcome: 'succeeded' });
    await remove('blog');
    await start('blog', { ...compose, 'backup.frequency': 'weekly@sun-04:00' });
    const after = await appWith(
      `compose:${TAG}/blog`,
      (app) => app.settings['frequency']?.value === 'weekly@sun-04:00' && app.state === 'active',
    );
    expect(after.id).toBe(before.id);
    expect((await agent.api('GET', `/api/apps/${after.id}/backups`)).body.items).toHaveLength(1);
    expect(await backUp(agent, after.id)).toMatchObject({ outcome: 'succeeded' });
    await remove('blog');
  }, 60_000);

  it('18: a container that goes away leaves its app missing, with its backups, and comes back as the same', async () => {
    await start('gone');
    const app = await appWith(`name:${TAG}-gone`);
    expect(await backUp(agent, app.id)).toMatchObject({ outcome: 'succeeded' });
    await engine.docker(['stop', '-t', '0', `${TAG}-gone`]);
    await appWith(app.key, ({ state }) => state === 'stopped');
    await remove('gone');
    await appWith(app.key, ({ state }) => state === 'missing');
    expect((await agent.api('GET', `/api/apps/${app.id}/backups`)).body.items).toHaveLength(1);
    expect((await agent.api('POST', `/api/apps/${app.id}/backups`)).status).toBe(409);
    await start('gone');
    expect((await appWith(app.key, ({ state }) => state === 'active')).id).toBe(app.id);
    await remove('gone');
  }, 60_000);

  it('4: without a label it is ignored; with the label but off the network it is listed with what to do', async () => {
    await runContainer(engine, { image: images.busybox, name: `${TAG}-plain` });
    await start('off', {}, { network: 'bridge' });
    const app = await appWith(`name:${TAG}-off`);
    expect(app).toMatchObject({ state: 'invalid', problems: [{ code: 'network-not-attached' }] });
    await seenAs(`${TAG}-plain`, 'no-labels');
    expect(await seen(`${TAG}-off`)).toMatchObject({ why: expect.stringContaining('not backed up') });
    expect((await apps()).some(({ key }) => key === `name:${TAG}-plain`)).toBe(false);
    // 5: attached while it runs, it is an app; detached, it is suspended.
    await engine.docker(['network', 'connect', BACKUPS_NETWORK, `${TAG}-off`]);
    await appWith(app.key, ({ state }) => state === 'active');
    await engine.docker(['network', 'disconnect', BACKUPS_NETWORK, `${TAG}-off`]);
    await appWith(app.key, ({ state }) => state === 'suspended');
    await remove('off');
  }, 60_000);

  it('11, 14: replicas are one app, a one-off is none', async () => {
    const compose = { 'com.docker.compose.project': TAG, 'com.docker.compose.service': 'web' };
    for (const number of [1, 2, 3])
      await start(`web-${number}`, { ...compose, 'com.docker.compose.container-number': String(number) });
    await start('web-run', { ...compose, 'com.docker.compose.oneoff': 'True' });
    const app = await appWith(`compose:${TAG}/web`, ({ container }) => container?.name === `${TAG}-web-1`);
    expect((await apps()).filter(({ key }) => key.startsWith(`compose:${TAG}/web`))).toHaveLength(1);
    await seenAs(`${TAG}-web-run`, 'one-off');
    await engine.docker(['kill', `${TAG}-web-1`]);
    expect(
      await appWith(
        app.key,
        ({ container, state }) => container?.name === `${TAG}-web-2` && state === 'active',
      ),
    ).toMatchObject({ id: app.id });
    expect(await backUp(agent, app.id)).toMatchObject({ outcome: 'succeeded' });
  }, 60_000);

  it('13: two containers with one id: the first keeps it, the other gets it only when the first is gone', async () => {
    await start('one', { 'backup.id': `${TAG}-shared` });
    const app = await appWith(`id:${TAG}-shared`);
    await start('two', { 'backup.id': `${TAG}-shared` });
    await seenAs(`${TAG}-two`, 'conflict');
    expect(await seen(`${TAG}-one`)).toMatchObject({
      verdict: 'app',
      problems: [{ code: 'identity-conflict' }],
    });
    expect((await appWith(app.key)).container?.name).toBe(`${TAG}-one`);
    await remove('one');
    expect(await appWith(app.key, ({ container }) => container?.name === `${TAG}-two`)).toMatchObject({
      id: app.id,
    });
  }, 60_000);

  it('28: labels in every spelling come to a defined result, with a message', async () => {
    await start('odd', {
      'backup.enable': ' TRUE ',
      'backup.freqency': 'daily',
      'backup.frequency': '"weekly"',
      'backup.token': 'canary-in-label',
    });
    const app = await appWith(`name:${TAG}-odd`);
    expect(app.problems.map(({ code }) => code).sort()).toEqual([
      'label-unknown',
      'quotes-stripped',
      'token-in-label',
    ]);
    expect(JSON.stringify((await agent.api('GET', '/api/discovery')).body)).not.toContain('canary-in-label');
    expect(agent.log()).not.toContain('canary-in-label');
  }, 30_000);

  it('a bad label on a known app keeps the last good declaration and is shown as degraded', async () => {
    await start('slip', { 'backup.frequency': 'daily@05:00' });
    const app = await appWith(`name:${TAG}-slip`);
    await remove('slip');
    await start('slip', { 'backup.frequency': 'dayly' });
    const slipped = await appWith(app.key, ({ state }) => state === 'degraded');
    expect(slipped.settings['frequency']).toMatchObject({ value: 'daily@05:00', from: 'label' });
    expect(slipped.problems).toMatchObject([{ code: 'frequency-invalid' }]);
  }, 30_000);
});
