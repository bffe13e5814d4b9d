import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { anApp } from '../../../test/builders/an-app.js';
import { NOW, startAdmin } from '../../../test/e2e/admin/admin-bed.js';
import type { AdminBed } from '../../../test/e2e/admin/admin-bed.js';
import { Program } from '../../../test/e2e/admin/visitor.js';
import { App } from '../../apps/app.entity.js';
import { ANSWERS } from './answers.js';

const VALUE = 'canary-secret-value-5d1';

let bed: AdminBed;
let api: Program;
let appId: string;

beforeAll(async () => {
  bed = await startAdmin({ BACKUP_TOKEN_FROM_ENV: 'canary-from-env-31' });
  api = new Program(bed.url);
  const answer = await api.send('/api/apps', 'POST', {
    name: 'Ghost',
    url: 'http://ghost:8080',
    schedule: 'daily@03:00',
  });
  appId = ((await answer.json()) as { id: string }).id;
});
afterAll(() => bed.close());

/** The answer is exactly what the documentation says. */
async function read<T extends keyof typeof ANSWERS>(
  name: T,
  path: string,
): Promise<z.infer<(typeof ANSWERS)[T]>> {
  const answer = await api.send(path);
  const body: unknown = await answer.json();
  expect([answer.status, ANSWERS[name].parse(body)]).toEqual([200, body]);
  return body as z.infer<(typeof ANSWERS)[T]>;
}

async function code(path: string, method: string, body?: unknown): Promise<[number, string | null]> {
  const answer = await api.send(path, method, body);
  const text = await answer.text();
  expect(text).not.toContain(VALUE);
  return [
    answer.status,
    text === '' ? null : ((JSON.parse(text) as { error?: { code: string } }).error?.code ?? null),
  ];
}

const aLabelled = (with_: Partial<App>): Promise<App> =>
  bed.db
    .getRepository(App)
    .save(anApp({ id: randomUUID(), key: randomUUID(), slug: randomUUID(), ...with_ }));

describe('decisions', () => {
  it('pause, resume, archive and take an app out of the archive', async () => {
    for (const [decision, state] of [['pause', 'paused'], ['resume', 'active'], ['archive', 'archived'], ['unarchive', 'active']]) {
      const answer = await api.send(`/api/apps/${appId}/decisions/${decision}`, 'POST');
      expect([answer.status, ANSWERS.App.parse(await answer.json()).state]).toEqual([200, state]);
    } // prettier-ignore
  });

  it('are refused where the state does not allow them, and where there is no such decision or app', async () => {
    expect(await code(`/api/apps/${appId}/decisions/resume`, 'POST')).toEqual([409, 'state-refuses']);
    expect(await code(`/api/apps/${appId}/decisions/explode`, 'POST')).toEqual([400, 'body-invalid']);
    expect(await code('/api/apps/nobody/decisions/pause', 'POST')).toEqual([404, 'app-not-found']);
  });

  it('approve an app that waits', async () => {
    const { id } = await aLabelled({ state: 'pending' });
    expect(await code(`/api/apps/${id}/decisions/approve`, 'POST')).toEqual([200, null]);
  });
});

describe('the schedule', () => {
  it('is told in words, with the next five times', async () => {
    const due = await read('Schedule', `/api/apps/${appId}/schedule`);
    expect(due).toMatchObject({
      frequency: 'daily@03:00',
      words: 'At 03:00, every day',
      timezone: bed.config.timezone,
    });
    expect(due.next_runs).toHaveLength(5);
    const days = due.next_runs.map((at) => (Date.parse(at) - NOW.getTime()) / 86_400_000);
    expect(days.every((day, index) => day > index && day <= index + 1)).toBe(true);
  });

  it('can be tried before it is set, as strictly as a label', async () => {
    const due = await read(
      'Schedule',
      `/api/apps/${appId}/schedule?frequency=every%206h&timezone=Europe/Madrid`,
    );
    expect(due).toMatchObject({ frequency: 'every 6h', words: 'Every 6 hours', timezone: 'Europe/Madrid' });
    expect(await code(`/api/apps/${appId}/schedule?frequency=sometimes`, 'GET')).toEqual([
      400,
      'body-invalid',
    ]);
    expect(await code(`/api/apps/${appId}/schedule?timezone=Mars`, 'GET')).toEqual([400, 'body-invalid']);
  });
});

describe('settings of an app added by hand', () => {
  it('do not claim to come from a label', async () => {
    const { settings } = await read('App', `/api/apps/${appId}`);
    expect([settings['frequency']?.from, settings['retention']?.from]).toEqual(['manual', 'default']);
  });
});

describe('secrets', () => {
  it('are kept, replaced and removed, and never shown', async () => {
    expect(await code('/api/secrets/vault', 'PUT', { value: VALUE })).toEqual([204, null]);
    expect(await code('/api/secrets/vault', 'PUT', { value: `${VALUE}-2` })).toEqual([204, null]);
    const { items } = await read('SecretList', '/api/secrets');
    expect(items).toEqual([
      { name: 'from_env', place: 'environment', set_by: null, set_at: null, used_by: [] },
      { name: 'vault', place: 'kept', set_by: 'api', set_at: NOW.toISOString(), used_by: [] },
    ]);
    expect(await code('/api/secrets/vault', 'DELETE')).toEqual([204, null]);
    expect(await code('/api/secrets/vault', 'DELETE')).toEqual([404, 'secret-not-found']);
    expect(await code('/api/secrets/from_env', 'DELETE')).toEqual([409, 'secret-is-given']);
  });

  it.each([
    ['Vault', VALUE],
    ['..%2Fetc', VALUE],
    ['vault', ''],
    ['vault', `${VALUE}\nX-Other: 1`],
    ['vault', 'x'.repeat(4097)],
  ])('the name %j with such a value is refused', async (name, value) => {
    expect(await code(`/api/secrets/${name}`, 'PUT', { value })).toEqual([400, 'body-invalid']);
  });

  it('wait for a person where the name is of somebody else, and show who was allowed', async () => {
    const app = await aLabelled({ project: 'shop', service: 'web', containerName: 'shop-web-1', declaration: { tokenRef: 'secret:vault' } });
    const uses = async () => (await read('SecretList', '/api/secrets')).items.find(({ name }) => name === 'vault')?.used_by;
    const use = { app_id: app.id, app_name: 'web', owner: 'shop/web' };
    expect(await uses()).toEqual([{ ...use, state: 'waiting', granted_by: null, granted_at: null }]);
    expect(await code('/api/secrets/vault/grants', 'POST', { app_id: app.id })).toEqual([204, null]);
    expect(await uses()).toEqual([{ ...use, state: 'granted', granted_by: 'api', granted_at: NOW.toISOString() }]);
    expect(await code('/api/secrets/vault/grants?owner=shop/web', 'DELETE')).toEqual([204, null]);
    expect(await code('/api/secrets/vault/grants?owner=shop/web', 'DELETE')).toEqual([404, 'grant-not-found']);
    expect(await uses()).toMatchObject([{ state: 'waiting' }]);
    expect(await code('/api/secrets/vault/grants', 'POST', { app_id: appId })).toEqual([409, 'app-is-manual']);
    expect(await code('/api/secrets/vault/grants', 'POST', { app_id: 'nobody' })).toEqual([404, 'app-not-found']);
  }); // prettier-ignore

  it('that are missing are named with the app that asks, also when its new label is not in force', async () => {
    const problems = [{ code: 'token-not-allowed' as const, label: 'backup.token-ref', value: null, params: { secret: 'absent' } }];
    const app = await aLabelled({ project: 'a', service: 'b', state: 'suspended', problems });
    const item = (await read('SecretList', '/api/secrets')).items.find(({ name }) => name === 'absent');
    expect(item).toMatchObject({ place: 'missing', used_by: [{ app_id: app.id, state: 'waiting' }] });
  }); // prettier-ignore
});

describe('the audit log', () => {
  it('says who did what, before and after, a page at a time, with no secret in it', async () => {
    await api.send(`/api/apps/${appId}/overrides`, 'PUT', { frequency: 'daily@05:00' });
    await api.send(`/api/apps/${appId}/overrides`, 'PUT', { frequency: null });
    const all = (await read('AuditList', '/api/audit?limit=200')).items;
    expect(all).toContainEqual(
      expect.objectContaining({ action: 'override-set', who: 'api', before: null, after: 'daily@05:00', message: 'set Frequency of Ghost' }),
    );
    expect(all).toContainEqual(
      expect.objectContaining({ action: 'app-paused', before: 'active', after: 'paused', message: 'paused Ghost' }),
    );
    expect(all.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['secret-added', 'secret-replaced', 'secret-removed', 'secret-granted', 'secret-withdrawn', 'app-approved']),
    );
    expect(JSON.stringify(all)).not.toContain('canary');
    const paged: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { items, next_cursor }: z.infer<(typeof ANSWERS)['AuditList']> = await read('AuditList', `/api/audit?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...items.map(({ id }) => id));
      cursor = next_cursor;
    }
    expect(paged).toEqual(all.map(({ id }) => id));
  }); // prettier-ignore
});
