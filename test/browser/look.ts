import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';

/** Set to write the pictures of docs/screenshots anew. */
export const SHOTS = process.env['SCREENSHOTS'];
export const VIEWS: [name: string, options: BrowserContextOptions][] = [
  ['desktop', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
  ['narrow', { viewport: { width: 360, height: 740 }, colorScheme: 'light' }],
];

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Fits its window and has no fault that axe finds. */
export async function look(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  await fits(page, name);
  await hasNoFault(page, name, axe(page).withTags(WCAG));
}

/** The rest of what axe looks at does not change with the colours. */
export async function looksAlike(page: Page, name: string): Promise<void> {
  await hasNoFault(page, name, axe(page).withRules(['color-contrast']));
}

export async function fits(page: Page, name: string): Promise<void> {
  const width = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect({ name, scrollsSideways: width }).toEqual({ name, scrollsSideways: 0 });
}

/** The other mode opens a page for the sake of frames of other origins, which takes as long as the look; ours have no frames. */
const axe = (page: Page): AxeBuilder => new AxeBuilder({ page }).setLegacyMode(true);

async function hasNoFault(page: Page, name: string, builder: AxeBuilder): Promise<void> {
  const { violations } = await builder.analyze();
  expect(
    violations.map(
      ({ id, nodes }) =>
        `${name} ${page.url()}: ${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
    ),
  ).toEqual([]);
}
