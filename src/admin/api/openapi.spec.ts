import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAdmin } from '../../../test/e2e/admin/admin-bed.js';
import type { AdminBed } from '../../../test/e2e/admin/admin-bed.js';
import { Program, Visitor } from '../../../test/e2e/admin/visitor.js';

const FILE = new URL('../../../docs/openapi.json', import.meta.url);

interface Documented {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
  components: { schemas: Record<string, unknown> };
}

let bed: AdminBed;
let text: string;
let document: Documented;

beforeAll(async () => {
  bed = await startAdmin();
  const answer = await new Program(bed.url).send('/api/openapi.json');
  document = (await answer.json()) as Documented;
  text = `${JSON.stringify(document, null, 2)}\n`;
  if (process.env['UPDATE_OPENAPI'] === 'true') writeFileSync(FILE, text);
});
afterAll(() => bed.close());

interface RouteLayer {
  route?: { path: string; methods: Record<string, boolean> };
}

function apiRoutes(): string[] {
  const server = bed.app.getHttpAdapter().getInstance() as unknown as { router: { stack: RouteLayer[] } };
  return server.router.stack.flatMap(({ route }) =>
    route?.path.startsWith('/api/') === true
      ? Object.keys(route.methods).map((method) => `${method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`)
      : [],
  );
}

describe('the description of the API', () => {
  it('is the one in docs/openapi.json (UPDATE_OPENAPI=true writes it anew; then run prettier)', () => {
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(document);
  });

  it('knows every route of the API, each operation under its own name', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const undescribed = new Set(['get /api/docs', 'get /api/openapi.json']);
    expect(apiRoutes().filter((route) => !described.includes(route) && !undescribed.has(route))).toEqual([]);
    const names = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('refers only to schemas that it has', () => {
    const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(named.filter((name) => name === undefined || !(name in document.components.schemas))).toEqual([]);
  });

  it('is a page for signed-in people, from this machine alone', async () => {
    const visitor = new Visitor(bed.url);
    expect((await visitor.send('/api/docs')).headers.get('location')).toBe('/login?next=%2Fapi%2Fdocs');
    await visitor.signIn();
    const page = await visitor.send('/api/docs');
    expect(page.headers.get('content-security-policy')).not.toMatch(/script-src|https?:/);
    const sources = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, source]) => source ?? '',
    );
    for (const source of sources.filter((one) => one.startsWith('/assets/'))) {
      const file = await visitor.send(source);
      await file.arrayBuffer();
      expect([source, file.status]).toEqual([source, 200]);
    }
    expect(sources.filter((one) => /^(https?:)?\/\//.test(one))).toEqual([]);
  });
});
