import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { leave } from '../bed/cleanup.js';
import { ensureNetwork, runContainer } from '../bed/containers.js';
import { findOrStartEngine } from '../bed/engine.js';
import type { Engine } from '../bed/engine.js';
import { makeImages } from '../bed/images.js';
import type { BedImages } from '../bed/images.js';
import { until } from '../bed/shell.js';
import { press, signIn, startBrowser } from './browser.js';

const TOKEN = 'canary-flow-token-4471';

describe('from the label to the page and back, on a real engine', () => {
  let engine: Engine;
  let images: BedImages;
  let agent: Agent;
  let browser: Browser;

  beforeAll(async () => {
    engine = await findOrStartEngine();
    images = await makeImages(engine);
    await ensureNetwork(engine);
    agent = await startAgent({ DOCKER_HOST: engine.host, RETRY_DELAYS_S: 'none', IDLE_TIMEOUT_S: '5' });
    browser = await startBrowser();
  }, 120_000);
  afterAll(leave, 60_000);

  async function open(javaScriptEnabled: boolean): Promise<Page> {
    const context = await browser.newContext({ baseURL: agent.url, locale: 'en', javaScriptEnabled });
    const page = await context.newPage();
    await signIn(page, agent);
    return page;
  }

  /** A service of compose: its identity survives its container. */
  const start = (
    project: string,
    labels: Record<string, string>,
    env: Record<string, string> = {},
  ): Promise<string> =>
    runContainer(engine, {
      image: images.app,
      name: `${project}-web-1`,
      env: { BACKUP_TOKEN: TOKEN, SIZE_BYTES: '100000', ...env },
      labels: {
        'backup.enable': 'true',
        'com.docker.compose.project': project,
        'com.docker.compose.service': 'web',
        'com.docker.compose.container-number': '1',
        ...labels,
      },
    });

  const appOf = (project: string, when: (app: { state: string }) => boolean = () => true) =>
    until(`the app of ${project}`, async () => {
      const apps = (await agent.api('GET', '/api/apps')).body.items as {
        id: string;
        key: string;
        state: string;
      }[];
      return apps.find((app) => app.key === `compose:${project}/web` && when(app)) ?? null;
    });

  const frequencyRow = (page: Page): Locator =>
    page.locator('tr', { has: page.locator('input[name=setting][value=frequency]') });

  describe.each([['with JavaScript', true], ['without JavaScript', false]] as const)('%s', (_name, withScript) => {
    const tag = `flow${process.pid}${withScript ? 'js' : 'plain'}`;

    it('a typo is shown with the line to paste; an override survives recreation, is shown as drift, and is reset', async () => {
      const project = `${tag}a`;
      const first = await start(project, { 'backup.frequency': 'daily@03:00', 'backup.retenton': 'daily=3' });
      const { id } = await appOf(project);
      const page = await open(withScript);
      await page.goto('/discovery');
      const seen = page.locator('tr', { hasText: `${project}-web-1` });
      await seen.locator('summary').click();
      expect(await seen.locator('pre').textContent()).toContain('backup.retention: …');
      await press(seen.locator('a'));
      expect(page.url()).toContain(`/apps/${id}`);

      await frequencyRow(page).locator('summary').click();
      await frequencyRow(page).locator('input[name=value]').fill('weekly@sun-04:30');
      if (withScript) await page.waitForSelector('#typed-due ol');
      await press(frequencyRow(page).locator('button', { hasText: 'Save' }));
      expect(await page.textContent('.flash')).toContain('Saved');
      expect(await frequencyRow(page).textContent()).toMatch(/Hides the label’s value: daily@03:00[^]*At 04:30, only on Sunday/);
      expect(await frequencyRow(page).locator('.due li').count()).toBe(5);

      await engine.docker(['rm', '-f', first]);
      const second = await start(project, { 'backup.frequency': 'hourly' });
      await until('the new container', async () => {
        const { body } = await agent.api('GET', `/api/apps/${id}`);
        return body.container.id === second && body.settings.frequency.shadowed === 'hourly' ? true : null;
      });
      await page.reload();
      expect(await frequencyRow(page).textContent()).toMatch(/weekly@sun-04:30[^]*Hides the label’s value: hourly/);
      await frequencyRow(page).locator('summary').click();
      await press(frequencyRow(page).locator('button', { hasText: 'Reset to label' }));
      expect(await page.textContent('.flash')).toContain('The label');
      const row = await frequencyRow(page).textContent();
      expect([row?.includes('hourly'), row?.includes('Hides')]).toEqual([true, false]);
      await page.goto('/audit');
      expect(await page.textContent('main')).toMatch(/reset Frequency of web[^]*set Frequency of web/);
    }, 60_000);

    it('an app with a secret of another name gets nothing until a person allows it, then it is backed up', async () => {
      const project = `${tag}b`;
      const secret = `vault-${tag}`;
      await start(project, { 'backup.token-ref': `secret:${secret}` }, { BACKUP_TOKEN: `${TOKEN}-kept` });
      const { id, state } = await appOf(project);
      expect(['invalid', 'suspended']).toContain(state);
      expect((await agent.api('POST', `/api/apps/${id}/backups`)).status).toBe(409);
      const page = await open(withScript);
      await page.goto('/secrets');
      await page.fill('#name', secret);
      await page.fill('#value', `${TOKEN}-kept`);
      await page.click('section.panel button[type=submit]');
      expect(await page.textContent('.flash')).toContain('kept');
      expect((await appOf(project)).state).toBe(state);

      await page.goto(`/apps/${id}`);
      await page.click('a[href="/secrets"].button');
      const row = page.locator(`tr[id="${secret}"]`);
      expect(await row.textContent()).toMatch(/waits for you[^]*web/);
      await press(row.locator('button', { hasText: 'Allow' }));
      expect(await page.textContent('.flash')).toContain('Allowed');
      await appOf(project, (app) => app.state === 'active');
      await page.goto(`/apps/${id}`);
      await page.click('header.title form button');
      await until('the end of the run', async () => {
        await page.reload();
        return (await page.textContent('header.title .badge')) === 'Succeeded' ? true : null;
      });
      expect(await page.content()).not.toContain(TOKEN);

      await page.goto('/secrets');
      await press(page.locator(`tr[id="${secret}"]`).locator('button', { hasText: 'No longer allow' }));
      await appOf(project, (app) => app.state === 'suspended');
    }, 60_000);

    it('pausing, resuming, archiving and approving are done and shown', async () => {
      const project = `${tag}c`;
      await start(project, {});
      const { id } = await appOf(project, (app) => app.state === 'active');
      const page = await open(withScript);
      const decide = async (decision: string, flash: string): Promise<void> => {
        await page.goto(`/apps/${id}`);
        await page.click(`#${decision}`);
        expect(await page.textContent('.flash')).toContain(flash);
      };
      await decide('pause', 'Paused');
      expect((await appOf(project)).state).toBe('paused');
      expect(await page.locator('header.title form').count()).toBe(0);
      await decide('resume', 'goes on');
      await appOf(project, (app) => app.state === 'active');
      await decide('archive', 'Archived');
      expect((await appOf(project)).state).toBe('archived');
      await decide('unarchive', 'out of the archive');
      await appOf(project, (app) => app.state === 'active');
    }, 60_000);
  }); // prettier-ignore
});
