import { createHash, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { ADMIN, NOW, startAdmin } from '../../../test/e2e/admin/admin-bed.js';
import type { AdminBed } from '../../../test/e2e/admin/admin-bed.js';
import { Program } from '../../../test/e2e/admin/visitor.js';
import { AuditEntry } from '../../apps/audit-entry.entity.js';
import { Backup } from '../../backups/backup.entity.js';
import { ANSWERS } from './answers.js';

const TOKEN = 'canary-app-token-77aa01';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let bed: AdminBed;
let api: Program;

beforeAll(async () => {
  bed = await startAdmin();
  api = new Program(bed.url);
});
afterAll(() => bed.close());

/** Answers are exactly what the documentation says, no field more or less. */
async function expectAnswer<T extends keyof typeof ANSWERS>(
  name: T,
  status: number,
  answer: Response,
): Promise<z.infer<(typeof ANSWERS)[T]>> {
  const body: unknown = await answer.json();
  expect([answer.status, body]).toEqual([status, expect.anything()]);
  const parsed = ANSWERS[name].parse(body);
  expect(parsed).toEqual(body);
  return parsed as z.infer<(typeof ANSWERS)[T]>;
}

const send = (path: string, method = 'GET', body?: unknown, headers = {}) =>
  api.send(path, method, body, headers);

async function register(name: string, more: object = {}): Promise<string> {
  return (
    await expectAnswer(
      'RegisteredApp',
      201,
      await send('/api/apps', 'POST', { name, url: 'http://app:8080', ...more }),
    )
  ).id;
}

async function aBackup(appId: string, bytes: Buffer, key = `app/${randomUUID()}.dump`): Promise<Backup> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await bed.destinations.local.store(key, Readable.from([bytes]), new AbortController().signal);
  return bed.catalog.record(
    {
      id: randomUUID(),
      appId,
      runId: randomUUID(),
      destination: 'local',
      objectKey: key,
      sizeBytes: bytes.length,
      sha256,
      format: 'dump',
      createdAt: NOW,
      state: 'verified',
      proof: {
        declared: { sizeBytes: bytes.length, sha256, sha256From: 'trailer' },
        counted: { sizeBytes: bytes.length, sha256 },
        destination: {
          level: 'hash',
          sizeBytes: bytes.length,
          reported: { name: 'md5', value: 'x' },
          readBack: true,
        },
      },
    },
    100,
  );
}

describe('POST /api/apps', () => {
  it('takes the whole body, keeps the token sealed and shows it nowhere', async () => {
    const id = await register('My Shop', {
      token: TOKEN,
      drive_folder_id: '1AbCdEfGhIjKlMnOp',
      schedule: 'daily@03:00',
      retention: { daily: 7, weekly: 4 },
    });
    const app = await expectAnswer('App', 200, await send(`/api/apps/${id}`));
    expect(app).toMatchObject({
      key: 'manual:my-shop',
      name: 'My Shop',
      origin: 'manual',
      state: 'active',
      url: 'http://app:8080',
    });
    expect(app.settings['frequency']).toEqual({ value: 'daily@03:00', from: 'manual' });
    expect(app.settings['retention']?.value).toBe('daily=7,weekly=4,min=3');
    const row = await bed.apps.byId(id);
    expect(row === null ? null : bed.apps.openToken(row)).toBe(TOKEN);
    expect(JSON.stringify([app, row, await bed.db.getRepository(AuditEntry).find()])).not.toContain(TOKEN);
  });

  it('answers 409 to a name that is taken, also when both come at once', async () => {
    const both = await Promise.all(
      [1, 2].map(() => send('/api/apps', 'POST', { name: 'Twice', url: 'http://app:1' })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    const error = await expectAnswer(
      'Error',
      409,
      await send('/api/apps', 'POST', { name: 'tWICE', url: 'http://app:1' }),
    );
    expect(error.error.code).toBe('name-taken');
  });

  it.each([
    [{ url: 'http://a:1' }, 'name'],
    [{ name: 'x', url: 'ftp://a' }, 'url'],
    [{ name: 'x', url: 'http://user:secret@a' }, 'url'],
    [{ name: 'x', url: 'http://a/?q=1' }, 'url'],
    [{ name: 'x', url: 'http://a/#f' }, 'url'],
    [{ name: 'x', url: 'http://a', schedule: 'sometimes' }, 'schedule'],
    [{ name: 'x', url: 'http://a', retention: { daily: -1 } }, 'retention.daily'],
    [{ name: 'x', url: 'http://a', retention: { dayly: 1 } }, 'retention'],
    [{ name: 'x', url: 'http://a', drive_folder_id: '../x' }, 'drive_folder_id'],
  ])('names the field of %j', async (body, field) => {
    const { error } = await expectAnswer('Error', 400, await send('/api/apps', 'POST', body));
    expect([error.code, error.fields?.map((one) => one.field)]).toEqual(['body-invalid', [field]]);
    expect(error.message).not.toContain('secret@');
  });

  it('says what is wrong in the language that is asked for', async () => {
    const answer = await send(
      '/api/apps',
      'POST',
      { name: 'x', url: 'http://a', schedule: 'a veces' },
      { 'accept-language': 'es' },
    );
    expect((await expectAnswer('Error', 400, answer)).error.message).toContain('Escriba hourly, daily');
  });

  it('answers 400 and 413 to what is no JSON or too much of it', async () => {
    const headers = { authorization: `Bearer ${ADMIN.apiToken}`, 'content-type': 'application/json' };
    const post = (body: string) => fetch(`${bed.url}/api/apps`, { method: 'POST', headers, body });
    await expectAnswer('Error', 400, await post('{"name":'));
    await expectAnswer('Error', 413, await post(JSON.stringify({ name: 'x'.repeat(300_000) })));
  });
});

describe('an app', () => {
  it('is changed field by field, and null goes back to the default', async () => {
    const id = await register('Changing', { schedule: 'hourly' });
    const app = await expectAnswer(
      'App',
      200,
      await send(`/api/apps/${id}`, 'PATCH', { url: 'https://new:1', schedule: null }),
    );
    expect(app.url).toBe('https://new:1');
    expect(app.settings['frequency']?.from).toBe('default');
    expect(app.name).toBe('Changing');
  });

  it('that labels declare is neither changed nor removed while its container is there', async () => {
    const id = await register('Labelled');
    await bed.apps.update(id, { origin: 'label', containerId: 'c1', containerName: 'x' });
    expect(
      (await expectAnswer('Error', 409, await send(`/api/apps/${id}`, 'PATCH', { name: 'y' }))).error.code,
    ).toBe('app-is-labelled');
    expect((await expectAnswer('Error', 409, await send(`/api/apps/${id}`, 'DELETE'))).error.code).toBe(
      'app-has-container',
    );
    await bed.apps.update(id, { state: 'missing' });
    expect((await send(`/api/apps/${id}`, 'DELETE')).status).toBe(204);
  });

  it('leaves its backups when it is removed', async () => {
    const id = await register('Leaving');
    const backup = await aBackup(id, Buffer.from('kept'));
    expect((await send(`/api/apps/${id}`, 'DELETE')).status).toBe(204);
    await expectAnswer('Error', 404, await send(`/api/apps/${id}`));
    expect(await (await send(`/api/backups/${backup.id}/download`)).text()).toBe('kept');
  });
});

describe('PUT /api/apps/:id/overrides', () => {
  it('wins over the declaration, shows the drift, moves the next run and is written down', async () => {
    const id = await register('Overridden', { schedule: 'hourly' });
    await bed.apps.setNextRun(id, NOW);
    const put = (body: unknown) => send(`/api/apps/${id}/overrides`, 'PUT', body);
    const app = await expectAnswer(
      'App',
      200,
      await put({ frequency: 'Daily@3:00', retention: null, max_size: '2gb' }),
    );
    expect(app.settings['frequency']).toEqual({ value: 'daily@03:00', from: 'override', shadowed: 'hourly' });
    expect(app.settings['max_size']).toEqual({ value: '2gb', from: 'override' });
    expect(app.next_run_at).toBeNull();
    const back = await expectAnswer('App', 200, await put({ frequency: null }));
    expect(back.settings['frequency']).toEqual({ value: 'hourly', from: 'manual' });
    const audit = await bed.db.getRepository(AuditEntry).findBy({ subject: `${id}/frequency` });
    expect(audit.map(({ who, action, before, after }) => [who, action, before, after]).sort()).toEqual([
      ['api', 'override-removed', 'daily@03:00', null],
      ['api', 'override-set', null, 'daily@03:00'],
    ]);
  });

  it('changes nothing when one value is wrong', async () => {
    const id = await register('Half right');
    const { error } = await expectAnswer(
      'Error',
      400,
      await send(`/api/apps/${id}/overrides`, 'PUT', {
        frequency: 'hourly',
        network: 'elsewhere',
        nonsense: 'x',
      }),
    );
    expect(error.fields?.length).toBeGreaterThan(0);
    await expectAnswer(
      'Error',
      400,
      await send(`/api/apps/${id}/overrides`, 'PUT', { frequency: 'hourly', network: 'elsewhere' }),
    );
    expect(await bed.apps.overridesOf(id)).toEqual({});
  });
});

describe('a backup that is asked for', () => {
  it('is a job that can be followed and cancelled; twenty requests are one job', async () => {
    const id = await register('Runner');
    const started = await Promise.all(
      Array.from({ length: 5 }, () => send(`/api/apps/${id}/backups`, 'POST')),
    );
    const jobs = await Promise.all(started.map((answer) => expectAnswer('StartedJob', 202, answer)));
    const { job_id, status_url } = jobs[0] ?? { job_id: '', status_url: '' };
    expect(status_url).toBe(`/api/jobs/${job_id}`);
    expect(await expectAnswer('Job', 200, await send(status_url))).toMatchObject({
      app_id: id,
      trigger: 'api',
      state: 'queued',
      outcome: null,
    });
    expect(await expectAnswer('Job', 202, await send(`${status_url}/cancel`, 'POST'))).toMatchObject({
      state: 'finished',
      outcome: 'cancelled',
      error: { code: 'cancelled' },
    });
  });

  it('of a suspended app is refused with the reason', async () => {
    const id = await register('Suspended');
    await bed.apps.update(id, { state: 'suspended' });
    expect((await expectAnswer('Error', 409, await send(`/api/apps/${id}/backups`, 'POST'))).error.code).toBe(
      'app-not-active',
    );
  });

  it('is listed page by page, also where runs were queued at the same instant', async () => {
    const id = await register('Pages');
    for (let run = 0; run < 5; run += 1) {
      if (run === 3) bed.clock.advance(1000);
      const { id: runId } = await bed.ledger.queue({ id: randomUUID(), appId: id, trigger: 'schedule' });
      await bed.ledger.finish(runId, { outcome: 'succeeded' });
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: z.infer<typeof ANSWERS.JobList> = await expectAnswer(
        'JobList',
        200,
        await send(`/api/jobs?app_id=${id}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`),
      );
      seen.push(...page.items.map((item) => (item as { id: string }).id));
      cursor = page.next_cursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
    await expectAnswer('Error', 400, await send('/api/jobs?cursor=nonsense'));
    await expectAnswer('Error', 400, await send('/api/jobs?limit=0'));
  });
});

describe('a test', () => {
  it('is a checklist, not while a run is under way', async () => {
    const appId = await register('Tested');
    const answer = await expectAnswer('AppTest', 200, await send(`/api/apps/${appId}/test`, 'POST'));
    expect([answer.ok, answer.checks.map(({ outcome, error }) => [outcome, error?.code ?? null])]).toEqual([
      false,
      [
        ['ok', null],
        ['failed', 'app-auth'],
        ['skipped', null],
        ['ok', null],
      ],
    ]);
    const run = await bed.ledger.queue({ id: randomUUID(), appId, trigger: 'manual' });
    await bed.ledger.begin(run.id);
    const busy = await expectAnswer('Error', 409, await send(`/api/apps/${appId}/test`, 'POST'));
    expect(busy.error.code).toBe('app-busy');
  });
});

describe('what was logged', () => {
  it('of a run, as JSON and as a file', async () => {
    const appId = await register('Talks');
    const run = await bed.ledger.queue({ id: randomUUID(), appId, trigger: 'schedule' });
    await bed.ledger.begin(run.id);
    await bed.ledger.finish(run.id, { outcome: 'succeeded', warnings: [{ code: 'no-size', detail: '' }] });
    const { items } = await expectAnswer('JobLog', 200, await send(`/api/jobs/${run.id}/log`));
    const said = items.map((one) => one as { level: string; line: string });
    expect(said.map(({ level, line }) => [level, line.slice(0, 20)])).toEqual([
      ['log', 'queued (schedule)'],
      ['log', 'begins'],
      ['warn', 'The app declared no '],
      ['log', 'succeeded'],
    ]);
    for (const [path, accept] of [
      ['?format=text', '*/*'],
      ['', 'text/plain'],
    ]) {
      const file = await send(`/api/jobs/${run.id}/log${path}`, 'GET', undefined, { accept });
      expect(file.headers.get('content-type')).toContain('text/plain');
      expect(file.headers.get('content-disposition')).toContain(`filename="run-${run.id}.log"`);
      expect(await file.text()).toMatch(/^20\S+Z log {3}queued \(schedule\)\n[^]*log {3}succeeded\n$/);
    }
  });

  it('by the agent, by level and text, and goes on as events', async () => {
    const at = bed.clock.now();
    bed.log.add({ at, level: 'debug', context: 'A', message: 'too fine' });
    bed.log.add({ at, level: 'error', context: 'B', message: 'The disk is FULL' });
    bed.log.add({ at, level: 'log', context: 'B', message: 'all is well' });
    const messages = async (query: string) =>
      (await expectAnswer('Log', 200, await send(`/api/log?${query}`))).items.map(
        (one) => (one as { message: string }).message,
      );
    expect(await messages('')).toEqual(['all is well', 'The disk is FULL']);
    expect(await messages('level=warn')).toEqual(['The disk is FULL']);
    expect(await messages('level=verbose&q=FINE')).toEqual(['too fine']);
    await expectAnswer('Error', 400, await send('/api/log?level=loud'));
    const stop = new AbortController();
    const headers = { authorization: `Bearer ${ADMIN.apiToken}` };
    const stream = await fetch(`${bed.url}/api/events?log=warn`, { headers, signal: stop.signal });
    const reader = stream.body!.getReader();
    let heard = '';
    setTimeout(() => {
      bed.log.add({ at, level: 'log', context: '', message: 'not asked for' });
      bed.log.add({ at, level: 'warn', context: 'C', message: 'just now' });
    }, 50);
    while (!heard.includes('just now')) heard += Buffer.from((await reader.read()).value ?? []).toString();
    stop.abort();
    expect(heard).toContain('event: log');
    expect(heard).not.toContain('not asked for');
  });

  it.each(['outcome=failed', 'trigger=retry', 'state=finished'])('runs are narrowed by %s', async (query) => {
    const appId = await register(`Narrowed ${query}`);
    for (const [trigger, outcome] of [
      ['retry', 'succeeded'],
      ['api', 'failed'],
      ['api', null],
    ] as const) {
      const { id } = await bed.ledger.queue({ id: randomUUID(), appId, trigger });
      if (outcome !== null) await bed.ledger.finish(id, { outcome });
    }
    const { items } = await expectAnswer('JobList', 200, await send(`/api/jobs?app_id=${appId}&${query}`));
    const [name = '', value] = query.split('=');
    expect(items).toHaveLength(query.startsWith('state') ? 2 : 1);
    expect(items.every((item) => (item as Record<string, unknown>)[name] === value)).toBe(true);
    await expectAnswer('Error', 400, await send(`/api/jobs?${name}=nonsense`));
  });
});

describe('a stored copy', () => {
  it('is listed with its proof and why it is kept; the preview is the same plan', async () => {
    const id = await register('Kept');
    const backup = await aBackup(id, Buffer.from('one'));
    const list = await expectAnswer('BackupList', 200, await send(`/api/apps/${id}/backups`));
    expect(list.items).toHaveLength(1);
    expect((list.items[0] as { keep_reasons: string[] }).keep_reasons).toContain('daily 1 of 7');
    const preview = await expectAnswer(
      'RetentionPreview',
      200,
      await send(`/api/apps/${id}/retention/preview`),
    );
    expect(preview.destinations[0]?.keep.map((kept) => kept.backup_id)).toEqual([backup.id]);
  });

  it('is pinned and unpinned', async () => {
    const { id } = await aBackup(await register('Pinned'), Buffer.from('x'));
    const pinned = await expectAnswer(
      'Backup',
      200,
      await send(`/api/backups/${id}/pin`, 'POST', { pinned: true }),
    );
    expect([pinned.pinned, pinned.keep_reasons.includes('pinned')]).toEqual([true, true]);
    await expectAnswer('Error', 400, await send(`/api/backups/${id}/pin`, 'POST', { pinned: 'yes' }));
  });
});

describe('what people do with a stored copy', () => {
  const post = (path: string) => send(path, 'POST');
  const audited = async (subject: string): Promise<string[]> =>
    (await bed.db.getRepository(AuditEntry).findBy({ subject })).map(({ action }) => action);

  async function withMarker(name: string, bytes: Buffer): Promise<Backup> {
    const backup = await aBackup(await register(name), bytes, `${randomUUID()}/a.dump`);
    const folder = backup.objectKey.split('/')[0] ?? '';
    await bed.destinations.local.put(`${folder}/.backup-orchestrator.json`, Buffer.from('{}'));
    return backup;
  }

  it('reads it again now: the same, changed, gone, and back again', async () => {
    const bytes = Buffer.from('what was sent');
    const { id, objectKey } = await withMarker('Read again', bytes);
    await bed.db.getRepository(Backup).update({ id }, { proof: await unread(id) });
    const verify = async () => expectAnswer('Backup', 200, await post(`/api/backups/${id}/verify`));
    expect(await verify()).toMatchObject({
      state: 'verified',
      checked_at: bed.clock.now().toISOString(),
      proof: { read_back: true },
    });
    bed.destinations.local.objects.set(objectKey, Buffer.from('what was SENT'));
    expect(await verify()).toMatchObject({ state: 'corrupt', proof: { read_back: false } });
    bed.destinations.local.objects.delete(objectKey);
    expect(await verify()).toMatchObject({ state: 'missing' });
    bed.destinations.local.objects.set(objectKey, bytes);
    expect(await verify()).toMatchObject({ state: 'verified', proof: { read_back: true } });
    expect(await audited(id)).toEqual(Array(4).fill('backup-verified'));
  });

  const unread = async (id: string): Promise<Backup['proof']> => {
    const { proof } = (await bed.catalog.byId(id)) ?? { proof: null };
    if (proof === null) throw new Error('no such backup');
    return { ...proof, destination: { ...proof.destination, readBack: false } };
  };

  it('says nothing of a copy whose destination was swapped, nor of one that was deleted', async () => {
    const lost = await aBackup(await register('Swapped'), Buffer.from('x'), 'swapped/a.dump');
    const answer = await post(`/api/backups/${lost.id}/verify`);
    expect((await expectAnswer('Error', 409, answer)).error.code).toBe('destination-changed');
    expect((await bed.catalog.byId(lost.id))?.state).toBe('verified');
    await bed.catalog.setState(lost.id, 'deleted');
    expect((await expectAnswer('Error', 410, await post(`/api/backups/${lost.id}/verify`))).error.code).toBe(
      'copy-missing',
    );
  });

  it('accepts a copy of unusual size once', async () => {
    const { id } = await aBackup(await register('Accepted'), Buffer.from('x'));
    await bed.catalog.setState(id, 'suspicious');
    expect(await expectAnswer('Backup', 200, await post(`/api/backups/${id}/accept`))).toMatchObject({
      state: 'verified',
    });
    const again = await expectAnswer('Error', 409, await post(`/api/backups/${id}/accept`));
    expect(again.error.code).toBe('backup-not-suspicious');
    expect(await audited(id)).toEqual(['backup-accepted']);
  });

  it('prunes what the preview says, not while a run is under way', async () => {
    const appId = await register('Pruned', { retention: { last: 1, min: 1 } });
    const [older, newer] = [
      await aBackup(appId, Buffer.from('1'), 'pruned/1.dump'),
      await aBackup(appId, Buffer.from('2'), 'pruned/2.dump'),
    ];
    expect((await expectAnswer('Error', 409, await post(`/api/apps/${appId}/prune`))).error.code).toBe(
      'destination-changed',
    );
    bed.destinations.local.objects.set('pruned/.backup-orchestrator.json', Buffer.from('{}'));
    const run = await bed.ledger.queue({ id: randomUUID(), appId, trigger: 'manual' });
    await bed.ledger.begin(run.id);
    expect((await expectAnswer('Error', 409, await post(`/api/apps/${appId}/prune`))).error.code).toBe(
      'app-busy',
    );
    await bed.ledger.finish(run.id, { outcome: 'succeeded' });
    expect(await expectAnswer('PruneReport', 200, await post(`/api/apps/${appId}/prune`))).toEqual({
      lines: ['local: deleted pruned/1.dump'],
      warnings: [],
    });
    const states = await Promise.all(
      [older.id, newer.id].map(async (id) => (await bed.catalog.byId(id))?.state),
    );
    expect([states, bed.destinations.local.objects.has('pruned/1.dump')]).toEqual([
      ['deleted', 'verified'],
      false,
    ]);
    expect(await audited(appId)).toContain('app-pruned');
  });
});

describe('a download', () => {
  it('is the very bytes, and nothing in it can run in our origin', async () => {
    const html = Buffer.from('<script>alert(1)</script>');
    const backup = await aBackup(await register('Hostile'), html, 'hostile/a b.html');
    const answer = await send(`/api/backups/${backup.id}/download`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(html);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="a_b.html"; filename*=UTF-8''a%20b.html`,
    );
    expect(answer.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-checksum-sha256')).toBe(backup.sha256);
    expect(answer.headers.get('content-length')).toBe(String(html.length));
  });

  it('of a copy that was changed breaks instead of ending as if it were whole', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    const backup = await aBackup(await register('Changed'), bytes);
    const changed = Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]);
    bed.destinations.local.objects.set(backup.objectKey, changed);
    const read = async (): Promise<ArrayBuffer> =>
      (await send(`/api/backups/${backup.id}/download`)).arrayBuffer();
    await expect(read()).rejects.toThrow();
  });

  it('of a copy that was cut is refused before the first byte, with the hash that it should have', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    const backup = await aBackup(await register('Cut'), bytes);
    bed.destinations.local.objects.set(backup.objectKey, bytes.subarray(0, -1));
    const answer = await expectAnswer('Error', 409, await send(`/api/backups/${backup.id}/download`));
    expect(answer.error.code).toBe('copy-corrupt');
    expect(answer.error.message).toContain(backup.sha256);
  });

  it('of a missing copy says so; HEAD sends no body', async () => {
    const backup = await aBackup(await register('Gone'), Buffer.from('x'));
    const head = await send(`/api/backups/${backup.id}/download`, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '1']);
    await bed.catalog.setState(backup.id, 'missing');
    expect(
      (await expectAnswer('Error', 410, await send(`/api/backups/${backup.id}/download`))).error.code,
    ).toBe('copy-missing');
  });

  it('stops reading at the destination when the reader goes away', async () => {
    const backup = await aBackup(await register('Endless'), Buffer.from('x'));
    let stopped: (() => void) | null = null;
    const ended = new Promise<void>((resolve) => (stopped = resolve));
    const original = bed.destinations.local.open.bind(bed.destinations.local);
    bed.destinations.local.open = async (_key, signal) => {
      signal.addEventListener('abort', () => stopped?.());
      return new Readable({
        read() {
          setTimeout(() => this.push(Buffer.alloc(1000)), 5);
        },
      });
    };
    try {
      const headers = { authorization: `Bearer ${ADMIN.apiToken}` };
      const asked = request(`${bed.url}/api/backups/${backup.id}/download`, { headers }, (answer) =>
        answer.once('data', () => asked.destroy()),
      );
      asked.on('error', () => undefined);
      asked.end();
      await ended;
    } finally {
      bed.destinations.local.open = original;
    }
  });
});

describe('the rest', () => {
  it('answers in the shape of its documentation', async () => {
    await register('Listed');
    await expectAnswer('AppList', 200, await send('/api/apps'));
    await expectAnswer('DestinationList', 200, await send('/api/destinations'));
    await expectAnswer('Health', 200, await fetch(`${bed.url}/healthz`));
    await expectAnswer('Health', 200, await fetch(`${bed.url}/readyz`));
  });

  it.each([
    ['GET', `/api/apps/${NOBODY}`, 'app-not-found'],
    ['PATCH', `/api/apps/${NOBODY}`, 'app-not-found'],
    ['DELETE', `/api/apps/${NOBODY}`, 'app-not-found'],
    ['PUT', `/api/apps/${NOBODY}/overrides`, 'app-not-found'],
    ['POST', `/api/apps/${NOBODY}/backups`, 'app-not-found'],
    ['GET', `/api/apps/${NOBODY}/backups`, 'app-not-found'],
    ['GET', `/api/apps/${NOBODY}/retention/preview`, 'app-not-found'],
    ['GET', `/api/jobs/${NOBODY}`, 'job-not-found'],
    ['POST', `/api/jobs/${NOBODY}/cancel`, 'job-not-found'],
    ['GET', `/api/jobs/${NOBODY}/log`, 'job-not-found'],
    ['GET', `/api/backups/${NOBODY}/download`, 'backup-not-found'],
    ['POST', `/api/backups/${NOBODY}/pin`, 'backup-not-found'],
    ['POST', `/api/backups/${NOBODY}/verify`, 'backup-not-found'],
    ['POST', `/api/backups/${NOBODY}/accept`, 'backup-not-found'],
    ['POST', `/api/apps/${NOBODY}/prune`, 'app-not-found'],
    ['POST', `/api/apps/${NOBODY}/test`, 'app-not-found'],
  ])('%s %s is 404 %s', async (method, path, code) => {
    const body =
      method === 'GET' || method === 'DELETE' ? undefined : path.endsWith('pin') ? { pinned: true } : {};
    expect((await expectAnswer('Error', 404, await send(path, method, body))).error.code).toBe(code);
  });
});
