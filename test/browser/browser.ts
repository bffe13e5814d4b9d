import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { Agent } from '../bed/agent.js';
import { atEnd } from '../bed/cleanup.js';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--hide-scrollbars',
]; // prettier-ignore

/** Debian's Chromium without a screen; it asks nobody but the agent. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  atEnd(() => browser.close());
  return browser;
}

/** A signed-in browser context. */
export async function signedIn(
  browser: Browser,
  agent: Agent,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: agent.url, ...options });
  const page = await context.newPage();
  await signIn(page, agent);
  await page.close();
  return context;
}

export async function signIn(page: Page, agent: Agent): Promise<void> {
  await page.goto('/login');
  await page.fill('input[name=username]', agent.user);
  await page.fill('input[name=password]', agent.password);
  await page.click('main button[type=submit]');
  await page.waitForURL('**/');
}

/** Presses the first button that leads to a page, until that is whole: a click ends when it begins to come, without an element yet. */
export async function press(button: Locator): Promise<void> {
  await button.first().click();
  await button.page().waitForLoadState();
}
