import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { atEnd, leave } from '../bed/cleanup.js';
import { ensureNetwork, runContainer } from '../bed/containers.js';
import { findOrStartEngine } from '../bed/engine.js';
import { startExportApp } from '../bed/export-app/server.mjs';
import { makeImages } from '../bed/images.js';
import { until } from '../bed/shell.js';
import { attempt, register, TOKEN } from '../faults/harness.js';
import { signedIn, signIn, startBrowser } from './browser.js';
import { SHOTS, VIEWS, look } from './look.js';

describe('the pages', () => {
  let agent: Agent;
  let browser: Browser;
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
    paths = {
      apps: '/',
      app: `/apps/${goodId}`,
      runs: '/runs',
      log: '/log?level=verbose',
      'app-test': `/apps/${goodId}/test`,
      run: `/runs/${jobs[0].id}`,
      'run-failed': `/runs/${failed[0].id}`,
      containers: '/discovery',
      secrets: '/secrets',
      audit: '/audit',
      'new-app': '/apps/new',
    };
    browser = await startBrowser();
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
      60_000,
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
    await frequency.locator('button').first().click();
    expect(await page.textContent('.flash')).toContain('Saved');
    expect(await page.locator('tr', { hasText: 'daily@05:00' }).count()).toBeGreaterThan(0);
    await page.locator('form[action$="/pin"] button').first().click();
    expect(await page.textContent('.flash')).toContain('Pinned');
    await page.click('form[action="/logout"] button');
    await page.goto('/');
    expect(page.url()).toContain('/login');
  }, 60_000);

  it('a wrong value in a form names the setting and what to write, and changes nothing', async () => {
    const context = await signedIn(browser, agent, { locale: 'en' });
    const page = await context.newPage();
    await page.goto(paths['app']!);
    const retention = page.locator('tr', { has: page.locator('input[name=setting][value=retention]') });
    await retention.locator('summary').click();
    await retention.locator('input[name=value]').fill('7d');
    await retention.locator('button').first().click();
    expect(await page.textContent('main')).toMatch(/retention[^]*daily=7,weekly=4,monthly=6/i);
  }, 30_000);

  it('show the line to paste for a typo in a label', async () => {
    const page = await (await signedIn(browser, agent, { locale: 'en' })).newPage();
    await page.goto('/discovery');
    const row = page.locator('tr', { hasText: '-typo' });
    expect(await row.textContent()).toMatch(/backup\.frequency\?/);
    await row.locator('summary').click();
    expect(await row.locator('pre').textContent()).toContain('backup.frequency: …');
  }, 30_000);

  it('hold no secret', async () => {
    const page = await (await signedIn(browser, agent)).newPage();
    for (const path of Object.values(paths)) {
      await page.goto(path);
      const html = await page.content();
      for (const secret of ['canary-page-secret', TOKEN, agent.password, agent.apiToken])
        expect(html).not.toContain(secret);
    }
  }, 60_000);
});
