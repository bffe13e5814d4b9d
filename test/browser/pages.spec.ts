import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { atEnd, leave } from '../bed/cleanup.js';
import { ensureNetwork, runContainer } from '../bed/containers.js';
import { findOrStartEngine } from '../bed/engine.js';
import { startExportApp } from '../bed/export-app/server.mjs';
import { makeImages } from '../bed/images.js';
import { until } from '../bed/shell.js';
import { attempt, register, TOKEN } from '../faults/harness.js';
import { press, signedIn, signIn, startBrowser } from './browser.js';
import { SHOTS, VIEWS, look } from './look.js';

describe('the pages', () => {
  let agent: Agent;
  let browser: Browser;
  /** Signed in once: more than a few sign-ins from one address are refused for a while. */
  let visitor: BrowserContext;
  let paths: Record<string, string>;

  beforeAll(async () => {
    const engine = await findOrStartEngine();
    const images = await makeImages(engine);
    await ensureNetwork(engine);
    agent = await startAgent({ DOCKER_HOST: engine.host, RETRY_DELAYS_S: 'none', IDLE_TIMEOUT_S: '2' });
    const tag = `b${process.pid}`;
    const env = { BACKUP_TOKEN: TOKEN, SIZE_BYTES: '2000000' };
    await runContainer(engine, {
      image: images.app,
      name: `${tag}-wiki`,
      env,
      labels: {
        'backup.enable': 'true',
        'backup.name': 'Wiki',
        'backup.frequency': 'daily@03:00',
        'backup.retention': 'daily=7,weekly=4,monthly=6',
      },
    });
    await runContainer(engine, {
      image: images.app,
      name: `${tag}-typo`,
      env,
      labels: { 'backup.enable': 'true', 'backup.name': 'Shop', 'backup.freqency': 'hourly' },
    });
    await runContainer(engine, {
      image: images.app,
      name: `${tag}-vault`,
      env,
      labels: { 'backup.enable': 'true', 'backup.name': 'Mail', 'backup.token-ref': 'secret:vault' },
    });
    await runContainer(engine, { image: images.busybox, name: `${tag}-plain` });
    const good = await startExportApp({ token: TOKEN, format: 'tar', mode: 'field' });
    const bad = await startExportApp({ token: TOKEN, mode: 'status', status: 500 });
    for (const exportApp of [good, bad]) atEnd(() => exportApp.close());
    atEnd(() => Promise.all([good.close(), bad.close()]).then(() => undefined));
    const goodId = await register(agent, good.url, 'photos');
    for (let run = 0; run < 2; run += 1) await attempt(agent, goodId);
    await agent.api('PUT', `/api/apps/${goodId}/overrides`, { frequency: 'weekly@sun-04:00' });
    await agent.api('PUT', '/api/secrets/vault', { value: 'canary-page-secret' });
    const badId = await register(agent, bad.url, 'ledger');
    await attempt(agent, badId);
    const jobs = (await agent.api('GET', `/api/jobs?app_id=${goodId}`)).body.items;
    const failed = (await agent.api('GET', `/api/jobs?app_id=${badId}`)).body.items;
    await until('the discovery', async () =>
      (await agent.api('GET', '/api/apps')).body.items.length >= 4 ? true : null,
    );
    leaveUnknown(agent.backupsDir);
    paths = {
      apps: '/',
      app: `/apps/${goodId}`,
      runs: '/runs',
      log: '/log',
      'app-test': `/apps/${goodId}/test`,
      run: `/runs/${jobs[0].id}`,
      'run-failed': `/runs/${failed[0].id}`,
      containers: '/discovery',
      secrets: '/secrets',
      audit: '/audit',
      'new-app': '/apps/new',
      contents: '/destinations/local/contents',
    };
    browser = await startBrowser();
    visitor = await signedIn(browser, agent, { locale: 'en' });
    if (SHOTS !== undefined) mkdirSync(SHOTS, { recursive: true });
  }, 120_000);
  afterAll(leave, 60_000);

  describe.each(VIEWS)('%s', (view, options) => {
    it.each(['en', 'es'])(
      'are whole, accessible and fit, in %s',
      async (locale) => {
        const context = await signedIn(browser, agent, { ...options, locale });
        const page = await context.newPage();
        const errors: string[] = [];
        page.on('response', (answer) => {
          if (answer.status() >= 500) errors.push(`${answer.url()}: ${agent.log().slice(-700)}`);
        });
        page.on('pageerror', (error) => errors.push(error.message));
        page.on('console', (message) => {
          if (message.type() === 'error') errors.push(message.text());
        });
        for (const [name, path] of Object.entries(paths)) {
          await page.goto(path);
          expect(await page.getAttribute('html', 'lang')).toBe(locale);
          await look(page, locale === 'en' ? `${name}-${view}` : `${name}-${view}-es`);
        }
        const stranger = await (
          await browser.newContext({ ...options, locale, baseURL: agent.url })
        ).newPage();
        await stranger.goto('/login');
        await look(stranger, locale === 'en' ? `login-${view}` : `login-${view}-es`);
        expect(errors).toEqual([]);
      },
      120_000,
    );
  });

  it('work without JavaScript: sign in, back up, read the run, override and reset, pin, sign out', async () => {
    const context = await browser.newContext({ baseURL: agent.url, javaScriptEnabled: false, locale: 'en' });
    const page = await context.newPage();
    await signIn(page, agent);
    await page.goto(paths['app']!);
    await page.click('header.title form button');
    expect(page.url()).toContain('/runs/');
    await until('the end of the run', async () => {
      await page.reload();
      return (await page.textContent('header.title .badge')) === 'Succeeded' ? true : null;
    });
    await page.goto(paths['app']!);
    const frequency = page.locator('tr', { has: page.locator('input[name=setting][value=frequency]') });
    await frequency.locator('summary').click();
    await frequency.locator('input[name=value]').fill('daily@05:00');
    await press(frequency.locator('button'));
    expect(await page.textContent('.flash')).toContain('Saved');
    expect(await page.locator('tr', { hasText: 'daily@05:00' }).count()).toBeGreaterThan(0);
    await press(page.locator('form[action$="/pin"] button'));
    expect(await page.textContent('.flash')).toContain('Pinned');
    await page.click('form[action="/logout"] button');
    await page.goto('/');
    expect(page.url()).toContain('/login');
  }, 120_000);

  it('retention by hand says what it could not delete, and why', async () => {
    const app = await startExportApp({ token: TOKEN });
    atEnd(() => app.close());
    const id = await register(agent, app.url, 'diary');
    for (let run = 0; run < 2; run += 1) await attempt(agent, id);
    await agent.api('PUT', `/api/apps/${id}/overrides`, { retention: 'last=1,min=1' });
    const [newest] = (await agent.api('GET', `/api/apps/${id}/backups`)).body.items;
    rmSync(join(agent.backupsDir, newest.object_key));
    const { cookies } = await visitor.storageState();
    const storageState = { cookies, origins: [] };
    for (const [index, [view, options]] of VIEWS.entries()) {
      const locale = index === 0 ? 'en' : 'es';
      const context = await browser.newContext({ ...options, locale, baseURL: agent.url, storageState });
      const page = await context.newPage();
      await page.goto(`/apps/${id}`);
      const form = page.locator('form[action$="/prune"]');
      await page.locator('details', { has: form }).locator('summary').click();
      await press(form.locator('button'));
      expect(await page.textContent('.callout.warn')).toContain(newest.object_key);
      await look(page, locale === 'en' ? `app-pruned-${view}` : `app-pruned-${view}-es`);
      await context.close();
    }
  }, 120_000);

  it('what lies at a destination is imported, taken over and marked without JavaScript', async () => {
    const { cookies } = await visitor.storageState();
    const context = await browser.newContext({
      baseURL: agent.url,
      javaScriptEnabled: false,
      locale: 'en',
      storageState: { cookies, origins: [] },
    });
    const page = await context.newPage();
    await page.goto('/destinations/local');
    await page.click('a#contents');
    const row = (text: string) => page.locator('tr', { hasText: text });
    const unknown = page.locator('section', { has: page.locator('#unknown') });
    expect(await row('notes.txt').textContent()).toContain('No manifest lies beside it');
    expect(await row('old-agent/').textContent()).toContain('Take the folder over first');
    await press(row('photos_20250101_0300').locator('button'));
    expect(await page.textContent('.flash')).toContain('Imported');
    expect(await row('photos_20250101_0300').count()).toBe(0);
    await press(unknown.locator('button', { hasText: /^Import/ }));
    expect(await page.textContent('[role=alert]')).toContain('One was refused');
    expect(await page.textContent('[role=alert]')).toContain('photos_20250102_0300');
    await page.goto('/destinations/local/contents');
    await row('Another agent').locator('summary').click();
    await row('Another agent').locator('input[type=checkbox]').check();
    await press(row('Another agent').locator('button'));
    expect(await page.textContent('.flash')).toContain('Marked');
    expect(await row('Another agent').count()).toBe(0);
    await press(row('old-agent/').locator('button'));
    expect(await page.textContent('.flash')).toContain('Imported');
    rmSync(join(agent.backupsDir, 'photos', MARKER));
    await page.reload();
    await press(row('Mark gone').locator('button'));
    expect(await row('Mark gone').count()).toBe(0);
    expect(await row('notes.txt').count()).toBe(1);
    await page.goto('/audit');
    const audit = await page.textContent('main');
    for (const says of ['imported the backup', 'took over the folder local:old-agent', 'marked the folder local:photos again'])
      expect(audit).toContain(says);
  }, 120_000); // prettier-ignore

  it('a wrong value in a form names the setting and what to write, and changes nothing', async () => {
    const page = await visitor.newPage();
    await page.goto(paths['app']!);
    const retention = page.locator('tr', { has: page.locator('input[name=setting][value=retention]') });
    await retention.locator('summary').click();
    await retention.locator('input[name=value]').fill('7d');
    await press(retention.locator('button'));
    expect(await page.textContent('main')).toMatch(/retention[^]*daily=7,weekly=4,monthly=6/i);
  }, 30_000);

  it('show the line to paste for a typo in a label', async () => {
    const page = await visitor.newPage();
    await page.goto('/discovery');
    const row = page.locator('tr', { hasText: '-typo' });
    expect(await row.textContent()).toMatch(/backup\.frequency\?/);
    await row.locator('summary').click();
    expect(await row.locator('pre').textContent()).toContain('backup.frequency: …');
  }, 30_000);

  it('hold no secret', async () => {
    const page = await visitor.newPage();
    for (const path of Object.values(paths)) {
      await page.goto(path);
      const html = await page.content();
      for (const secret of ['canary-page-secret', TOKEN, agent.password, agent.apiToken])
        expect(html).not.toContain(secret);
    }
  }, 120_000);
});

const MARKER = '.backup-orchestrator.json';

/** Files that have no row: backups of ours and of another agent, a changed one, and one of somebody else. */
function leaveUnknown(root: string): void {
  const folder = join(root, 'photos');
  const other = join(root, 'old-agent');
  mkdirSync(other);
  const [object] = readdirSync(folder).filter((name) => name.endsWith('.manifest.json'));
  const stem = object!.slice(0, -'.manifest.json'.length);
  const manifest = JSON.parse(readFileSync(join(folder, object!), 'utf8')) as object;
  for (const [place, day] of [[folder, '01'], [folder, '02'], [other, '03']] as const) {
    const name = `photos_202501${day}_0300.tar`;
    const created_at = `2025-01-${day}T03:00:00.000Z`;
    copyFileSync(join(folder, stem), join(place, name));
    writeFileSync(join(place, `${name}.manifest.json`), JSON.stringify({ ...manifest, object: name, created_at }));
    if (day !== '02') continue;
    const bytes = readFileSync(join(place, name));
    bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
    writeFileSync(join(place, name), bytes);
  }
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  writeFileSync(join(other, MARKER), JSON.stringify({ schema: 1, owner: '5f0c1c3e-9f0b-4a52-9f5c-0b8a6d3f2e11' }));
} // prettier-ignore
