import { renameSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backUp } from '../bed/agent.js';
import { leave } from '../bed/cleanup.js';
import { runContainer } from '../bed/containers.js';
import { until } from '../bed/shell.js';
import { eachOf, engineCall, pause } from '../e2e/discovery/harness.js';
import { assertAll, copiesOf } from './assert-all.js';
import { startEngineBed } from './engine-bed.js';
import type { EngineBed } from './engine-bed.js';
import { HOSTILE } from './hostile-labels.js';

/** About three seconds of streaming. */
const SLOW = { SIZE_BYTES: '8000000', CHUNK_BYTES: '65536', PAUSE_MS: '25' };
/** Containers that come and go at once in F40; `F40_CONTAINERS=200` for the figure of a release. */
const MANY = Number(process.env['F40_CONTAINERS'] ?? 60);

describe('the engine', () => {
  let bed: EngineBed;

  beforeAll(async () => {
    bed = await startEngineBed();
    await bed.app('steady', { 'backup.frequency': 'daily@03:00' }, SLOW);
  }, 120_000);
  afterAll(leave, 120_000);

  const connected = async (): Promise<boolean> =>
    (await bed.agent.api('GET', '/api/discovery')).body.docker.connected as boolean;

  it('F14: an app killed in mid-stream comes back at another address: the retry goes there, and whoever has the old one gets nothing', async () => {
    await bed.app('moving', {}, SLOW);
    const { id } = await bed.found('name:moving', ({ state }) => state === 'active');
    expect(await backUp(bed.agent, id)).toMatchObject({ outcome: 'succeeded', attempt: 1 });
    const earlier = await copiesOf(bed.agent);
    const before = await bed.addressOf('moving');
    const run = await bed.underWay(id);
    await bed.engine.docker(['kill', 'moving']);
    await runContainer(bed.engine, { image: bed.images.app, name: 'squatter' });
    expect(await bed.addressOf('squatter')).toBe(before);
    await bed.engine.docker(['start', 'moving']);
    expect(await bed.addressOf('moving')).not.toBe(before);
    const job = await bed.ended(run);
    expect(job).toMatchObject({ outcome: 'succeeded' });
    expect(job.attempt).toBeGreaterThan(1);
    expect(job.steps.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)).toContain(
      'upload',
    );
    const { requests } = (await (await fetch(`http://${before}:8080/_requests`)).json()) as {
      requests: unknown[];
    };
    expect(requests).toEqual([]);
    await bed.engine.docker(['rm', '-f', 'squatter']);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 90_000);

  it('F14: an app restarted in mid-stream: the same run is tried again and is whole', async () => {
    const { id } = await bed.found('name:moving', ({ state }) => state === 'active');
    const earlier = await copiesOf(bed.agent);
    const run = await bed.underWay(id);
    await bed.engine.docker(['restart', '-t', '0', 'moving']);
    const job = await bed.ended(run);
    expect(job).toMatchObject({ outcome: 'succeeded' });
    expect(job.attempt).toBeGreaterThan(1);
    await bed.engine.docker(['rm', '-f', 'moving']);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 90_000);

  it('F39: the engine killed in mid-stream: the run ends well, no app is taken for gone, and all is seen again afterwards', async () => {
    const before = await bed.found('name:steady', ({ state }) => state === 'active');
    const run = await bed.underWay(before.id);
    await bed.engine.kill('SIGKILL');
    await until('the loss', async () => ((await connected()) ? null : true));
    expect(await bed.ended(run)).toMatchObject({ outcome: 'succeeded', attempt: 1 });
    const earlier = await copiesOf(bed.agent);
    // Longer than the grace after which a container that is gone makes its app missing.
    await pause(6000);
    const during = await bed.found('name:steady');
    expect(during).toMatchObject({ id: before.id, state: 'active', settings: before.settings });
    const waiting = await bed.agent.api('POST', `/api/apps/${before.id}/backups`);
    expect(waiting.status).toBe(202);
    await until('a first attempt', async () =>
      (await bed.job(String(waiting.body.job_id))).error?.code === 'docker-unavailable' ? true : null,
    );
    await bed.engine.startAgain();
    expect(await bed.ended(String(waiting.body.job_id))).toMatchObject({ outcome: 'succeeded' });
    await until('the return', async () => ((await connected()) ? true : null));
    await bed.app('afterwards');
    await bed.found('name:afterwards', ({ state }) => state === 'active');
    await bed.engine.docker(['rm', '-f', 'afterwards']);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);

  it('F39: the socket gone for a while: nothing is lost', async () => {
    const { id } = await bed.found('name:steady', ({ state }) => state === 'active');
    const earlier = await copiesOf(bed.agent);
    const socket = bed.engine.host.replace('unix://', '');
    renameSync(socket, `${socket}.away`);
    let away = true;
    try {
      const asked = await bed.agent.api('POST', `/api/apps/${id}/backups`);
      await pause(3000);
      expect((await bed.found('name:steady')).state).toBe('active');
      renameSync(`${socket}.away`, socket);
      away = false;
      expect(await bed.ended(String(asked.body.job_id))).toMatchObject({ outcome: 'succeeded' });
    } finally {
      if (away) renameSync(`${socket}.away`, socket);
    }
    await assertAll(bed.agent, bed.roots, earlier);
  }, 90_000);

  it('F40: containers come and go in a burst while settings change: the run ends as it began, the next one is as it is now', async () => {
    const { id } = await bed.found('name:steady', ({ state }) => state === 'active');
    const earlier = await copiesOf(bed.agent);
    const names = Array.from({ length: MANY }, (_, index) => `burst-${index}`);
    await eachOf(names, 8, (name) =>
      engineCall(bed.engine, 'POST', `/containers/create?name=${name}`, {
        Image: bed.images.busybox, Labels: { 'backup.enable': 'true', 'backup.port': '80' }, StopTimeout: 0, HostConfig: { NetworkMode: 'none' },
      }),
    ); // prettier-ignore
    const run = await bed.underWay(id);
    const change = await bed.agent.api('PUT', `/api/apps/${id}/overrides`, {
      destinations: 'second',
      name: 'renamed',
    });
    expect(change.status).toBe(200);
    const began = performance.now();
    await eachOf(names, 8, async (name) => {
      await engineCall(bed.engine, 'POST', `/containers/${name}/start`);
      await engineCall(bed.engine, 'POST', `/containers/${name}/kill`);
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const first = await bed.ended(run);
    expect(first).toMatchObject({ outcome: 'succeeded', attempt: 1 });
    expect(first).toMatchObject({
      copies: [{ destination: 'local', object_key: expect.stringContaining('/steady_') }],
    });
    const second = await backUp(bed.agent, id);
    expect(second).toMatchObject({
      copies: [{ destination: 'second', object_key: expect.stringContaining('/renamed_') }],
    });
    await eachOf(names, 8, (name) => engineCall(bed.engine, 'DELETE', `/containers/${name}?force=true`));
    await until('that all are gone', async () => {
      const { items } = (await bed.agent.api('GET', '/api/discovery')).body as { items: { name: string }[] };
      return items.some(({ name }) => name.startsWith('burst-')) ? null : true;
    });
    const { items } = (await bed.agent.api('GET', '/api/apps')).body as {
      items: { key: string; state: string }[];
    };
    expect(new Set(items.map(({ key }) => key)).size).toBe(items.length);
    expect(items.filter(({ key, state }) => key.startsWith('name:burst-') && state === 'active')).toEqual([]);
    process.stdout.write(`F40: ${MANY} containers came and went in ${seconds} s\n`);
    await bed.agent.api('PUT', `/api/apps/${id}/overrides`, { destinations: null, name: null });
    await assertAll(bed.agent, bed.roots, earlier);
  }, 180_000);

  it('F41: sixty containers with hostile labels: each is shown with what is wrong, none is obeyed, and the others are backed up', async () => {
    const { id } = await bed.found('name:steady', ({ state }) => state === 'active');
    const earlier = await copiesOf(bed.agent);
    expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
    const all = HOSTILE.map((labels, index) => ({ name: `hostile-${index}`, labels }));
    await eachOf(all, 8, async ({ name, labels }) => {
      await engineCall(bed.engine, 'POST', `/containers/create?name=${name}`, {
        Image: bed.images.busybox, Labels: { 'backup.enable': 'true', 'backup.port': '8080', ...labels }, StopTimeout: 0, HostConfig: { NetworkMode: 'backups_net' },
      });
      await engineCall(bed.engine, 'POST', `/containers/${name}/start`);
    }); // prettier-ignore
    type Seen = { name: string; verdict: string; problems: { message: string }[] };
    const seen = await until('all of them', async () => {
      const { items } = (await bed.agent.api('GET', '/api/discovery')).body as { items: Seen[] };
      const ours = items.filter(({ name }) => name.startsWith('hostile-'));
      return ours.length === all.length ? ours : null;
    }, 30_000); // prettier-ignore
    const silent = seen
      .filter(({ problems }) => problems.length === 0)
      .map(({ name }) => HOSTILE[Number(name.split('-')[1])]);
    expect(silent).toEqual([]);
    const shown =
      JSON.stringify((await bed.agent.api('GET', '/api/apps')).body) + JSON.stringify(seen) + bed.agent.log();
    const told = ['canary', '\u001b', '\u202e'].filter((text) => shown.includes(text));
    expect(told).toEqual([]);
    for (const path of ['/', '/discovery'])
      expect(String((await bed.agent.api('GET', path)).body).includes('<img src=x')).toBe(false);
    expect(await backUp(bed.agent, id)).toMatchObject({ outcome: 'succeeded' });
    await bed.engine.docker(['rm', '-f', ...all.map(({ name }) => name)]);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 180_000);
});
