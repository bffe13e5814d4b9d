import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN, startAdmin } from '../../../test/e2e/admin/admin-bed.js';
import type { AdminBed } from '../../../test/e2e/admin/admin-bed.js';
import { Program, Visitor } from '../../../test/e2e/admin/visitor.js';
import { safeNext } from './login.controller.js';
import { Session } from './session.entity.js';
import { ABSOLUTE_MS, IDLE_MS } from './sessions.service.js';

let bed: AdminBed;

beforeAll(async () => {
  bed = await startAdmin();
});
afterAll(() => bed.close());

const sessionCookie = 'bo_session';

interface RouteLayer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** Every route that the router knows, so that a new one cannot be forgotten. */
function routes(): { method: string; path: string }[] {
  const server = bed.app.getHttpAdapter().getInstance() as unknown as { router: { stack: RouteLayer[] } };
  return server.router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), path: route.path })),
  );
}

describe('every route', () => {
  const open = new Set(['GET /login', 'POST /login', 'GET /healthz', 'GET /readyz']);

  it('is closed without a session, except the open list', async () => {
    const closed = routes().filter(
      ({ method, path }) => !open.has(`${method} ${path}`) && !path.startsWith('/assets/'),
    );
    expect(closed.length).toBeGreaterThan(15);
    for (const { method, path } of closed) {
      const target = path.replaceAll(/:\w+/g, 'x').replaceAll(/\{?\*\w+\}?/g, 'x');
      const api = await fetch(`${bed.url}${target}`, {
        method,
        redirect: 'manual',
        headers: { accept: 'application/json' },
      });
      expect([`${method} ${path}`, api.status]).toEqual([`${method} ${path}`, 401]);
      if (method !== 'HEAD') expect(await api.json()).toMatchObject({ error: { code: 'sign-in-needed' } });
      if (!path.startsWith('/api/')) {
        const page = await fetch(`${bed.url}${target}`, {
          method,
          redirect: 'manual',
          headers: { accept: 'text/html' },
        });
        expect([path, page.status, page.headers.get('location')?.startsWith('/login')]).toEqual([
          path,
          303,
          true,
        ]);
      }
    }
  });

  it('that is open answers', async () => {
    for (const path of [
      '/login',
      '/healthz',
      '/readyz',
      '/assets/app.css',
      '/assets/vendor/pico/pico.min.css',
      '/assets/vendor/htmx/htmx.min.js',
    ]) {
      expect([path, (await fetch(`${bed.url}${path}`)).status]).toEqual([path, 200]);
    }
  });
});

describe('signing in', () => {
  it('gives a new HttpOnly cookie whose value is not in the database', async () => {
    const visitor = new Visitor(bed.url);
    visitor.cookies.set(sessionCookie, 'planted-before-the-login');
    const response = await visitor.signIn();
    expect(response.status).toBe(303);
    const line = response.headers.getSetCookie().find((cookie) => cookie.startsWith(sessionCookie)) ?? '';
    expect(line).toMatch(/HttpOnly/);
    expect(line).toMatch(/SameSite=Lax/);
    expect(line).toMatch(/Path=\//);
    const id = visitor.cookies.get(sessionCookie) ?? '';
    expect(id).not.toBe('planted-before-the-login');
    expect(Buffer.from(id, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(await bed.db.getRepository(Session).find())).not.toContain(id);
    expect((await visitor.send('/api/apps')).status).toBe(200);
  });

  it('does not accept a planted session id', async () => {
    const visitor = new Visitor(bed.url);
    visitor.cookies.set(sessionCookie, 'planted');
    expect((await visitor.send('/api/apps', { headers: { accept: 'application/json' } })).status).toBe(401);
  });

  it('says the same of a wrong password and of an unknown user', async () => {
    const wrong = await new Visitor(bed.url).signIn('wrong');
    const unknown = await new Visitor(bed.url).signIn(ADMIN.pass, 'nobody');
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.text()).toContain('User name or password is not right.');
    expect(await unknown.text()).toContain('User name or password is not right.');
  });

  it('needs the token of the form and a request from our own page', async () => {
    const visitor = new Visitor(bed.url);
    const fields = { username: ADMIN.user, password: ADMIN.pass, _csrf: await visitor.csrfOf('/login') };
    expect((await visitor.form('/login', { ...fields, _csrf: 'other' })).status).toBe(403);
    expect((await visitor.form('/login', fields, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await visitor.form('/login', fields, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await new Visitor(bed.url).form('/login', fields)).status).toBe(403);
  });

  it('leads back only to a path of ours', () => {
    expect(safeNext('/runs/1?x=2')).toBe('/runs/1?x=2');
    for (const bad of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:1',
      '/a\nb',
      '/login',
      7,
      undefined,
    ]) {
      expect(safeNext(bad)).toBe('/');
    }
  });
});

describe('a session', () => {
  it('ends at sign-out, after 12 idle hours and after 7 days', async () => {
    const asks = async (visitor: Visitor) =>
      (await visitor.send('/api/apps', { headers: { accept: 'application/json' } })).status;
    const [leaver, idler, stayer] = [new Visitor(bed.url), new Visitor(bed.url), new Visitor(bed.url)];
    for (const visitor of [leaver, idler, stayer]) await visitor.signIn();
    const kept = leaver.cookies.get(sessionCookie) ?? '';
    const csrf = await leaver.csrfOf('/discovery');
    expect((await leaver.form('/logout', { _csrf: csrf })).status).toBe(303);
    leaver.cookies.set(sessionCookie, kept);
    expect(await asks(leaver)).toBe(401);

    bed.clock.advance(IDLE_MS - 1000);
    expect(await asks(stayer)).toBe(200);
    bed.clock.advance(1000);
    expect(await asks(idler)).toBe(401);
    expect(await asks(stayer)).toBe(200);
    for (let time = IDLE_MS; time < ABSOLUTE_MS - IDLE_MS; time += IDLE_MS / 2) {
      bed.clock.advance(IDLE_MS / 2);
      expect(await asks(stayer)).toBe(200);
    }
    bed.clock.advance(IDLE_MS);
    expect(await asks(stayer)).toBe(401);
  });
});

describe('a change', () => {
  it('with a session needs its token and our own origin', async () => {
    const visitor = new Visitor(bed.url);
    await visitor.signIn();
    const csrf = await visitor.csrfOf('/discovery');
    const add = (headers: Record<string, string>) =>
      visitor.json('/api/apps', 'POST', { name: `app ${Math.random()}`, url: 'http://x:1' }, headers);
    expect((await add({})).status).toBe(403);
    expect((await add({ 'x-csrf-token': 'other' })).status).toBe(403);
    expect((await add({ 'x-csrf-token': csrf, origin: 'http://evil.example' })).status).toBe(403);
    expect((await add({ 'x-csrf-token': csrf, origin: 'null' })).status).toBe(403);
    expect((await add({ 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect(
      (await add({ 'x-csrf-token': csrf, origin: bed.url, 'sec-fetch-site': 'same-origin' })).status,
    ).toBe(201);
    const another = new Visitor(bed.url);
    await another.signIn();
    another.cookies.set(sessionCookie, another.cookies.get(sessionCookie) ?? '');
    expect(
      (await another.json('/api/apps', 'POST', { name: 'x', url: 'http://x:1' }, { 'x-csrf-token': csrf }))
        .status,
    ).toBe(403);
  });
});

describe('the API token', () => {
  it('opens the API and nothing else', async () => {
    expect((await new Program(bed.url).send('/api/apps')).status).toBe(200);
    expect((await new Program(bed.url, 'wrong').send('/api/apps')).status).toBe(401);
    const page = await fetch(`${bed.url}/discovery`, {
      redirect: 'manual',
      headers: { authorization: `Bearer ${ADMIN.apiToken}` },
    });
    expect(page.status).not.toBe(200);
  });
});

describe('an agent with APP_PUBLIC_HOSTS, https and no API token', () => {
  let strict: AdminBed;
  beforeAll(async () => {
    strict = await startAdmin({
      APP_PUBLIC_HOSTS: 'backup.example',
      APP_SECURE_COOKIES: 'true',
      APP_API_TOKEN: '',
    });
  });
  afterAll(() => strict.close());

  it('refuses other names, but answers health checks', async () => {
    expect((await fetch(`${strict.url}/login`)).status).toBe(421);
    expect((await fetch(`${strict.url}/healthz`)).status).toBe(200);
  });

  it('refuses an empty token', async () => {
    const { request } = await import('node:http');
    const ask = (headers: Record<string, string>, path: string) =>
      new Promise<{ status: number; cookies: string[] }>((resolve, reject) => {
        request(`${strict.url}${path}`, { headers: { host: 'backup.example', ...headers } }, (response) => {
          response.resume();
          resolve({ status: response.statusCode ?? 0, cookies: response.headers['set-cookie'] ?? [] });
        })
          .on('error', reject)
          .end();
      });
    expect((await ask({ authorization: 'Bearer  ' }, '/api/apps')).status).toBe(401);
    expect((await ask({ authorization: 'Bearer null' }, '/api/apps')).status).toBe(401);
    const login = await ask({}, '/login');
    expect(login.status).toBe(200);
    expect(login.cookies[0]).toMatch(/^__Host-bo_login=.*Secure/);
  });
});

describe('guessing', () => {
  it('is stopped after ten attempts', async () => {
    const throttled = await startAdmin();
    try {
      const visitor = new Visitor(throttled.url);
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 100; attempt++) statuses.push((await visitor.signIn('guess')).status);
      expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
      expect(new Set(statuses.slice(10))).toEqual(new Set([429]));
      const right = await visitor.signIn();
      expect(right.status).toBe(429);
      expect(await right.text()).toContain('Too many attempts');
    } finally {
      await throttled.close();
    }
  });
});

describe('every answer', () => {
  it('carries the headers that keep pages ours', async () => {
    const { headers } = await fetch(`${bed.url}/login`);
    const csp = headers.get('content-security-policy') ?? '';
    expect(csp).toContain("default-src 'self'");
    expect(csp).toContain("frame-ancestors 'none'");
    expect(csp).not.toContain('unsafe-inline');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('has the same shape for what does not exist', async () => {
    const missing = await new Program(bed.url).send('/api/nothing');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({
      error: { code: 'not-found', message: expect.any(String), hint: expect.any(String) },
    });
    const page = await fetch(`${bed.url}/nothing`, {
      headers: { accept: 'text/html', 'accept-language': 'es' },
    });
    expect(page.status).toBe(404);
    expect(await page.text()).toContain('No hay nada en esta dirección.');
  });
});
