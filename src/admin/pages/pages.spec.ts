import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOW, startAdmin } from '../../../test/e2e/admin/admin-bed.js';
import type { AdminBed } from '../../../test/e2e/admin/admin-bed.js';
import { Program, Visitor } from '../../../test/e2e/admin/visitor.js';
import type { Backup } from '../../backups/backup.entity.js';

let bed: AdminBed;
let visitor: Visitor;
let appId: string;
let backup: Backup;

beforeAll(async () => {
  bed = await startAdmin();
  visitor = new Visitor(bed.url);
  await visitor.signIn();
  const answer = await new Program(bed.url).send('/api/apps', 'POST', {
    name: 'Photos',
    url: 'http://photos:8080',
  });
  appId = ((await answer.json()) as { id: string }).id;
  const run = await bed.ledger.queue({ id: randomUUID(), appId, trigger: 'manual' });
  await bed.ledger.finish(run.id, { outcome: 'succeeded' });
  const sha256 = createHash('sha256').update('bytes').digest('hex');
  backup = await bed.catalog.record(
    {
      id: randomUUID(),
      appId,
      runId: run.id,
      destination: 'local',
      objectKey: 'photos/photos_20261124_1200.tar',
      sizeBytes: 5,
      sha256,
      format: 'tar',
      createdAt: NOW,
      state: 'verified',
      proof: {
        declared: { sha256, sha256From: 'header' },
        counted: { sizeBytes: 5, sha256 },
        destination: { level: 'hash', sizeBytes: 5, reported: { name: 'md5', value: 'x' }, readBack: false },
      },
    },
    50,
  );
});
afterAll(() => bed.close());

const html = async (path: string): Promise<string> => (await visitor.send(path)).text();

describe('the page of an app', () => {
  it('says why each copy is kept, with as many cells as headings', async () => {
    const page = await html(`/apps/${appId}`);
    expect(page).toContain('daily 1 of 7');
    const table = page.slice(page.indexOf('<table class="stack">'), page.indexOf('</table>'));
    const row = table.slice(table.indexOf('<tbody>'), table.indexOf('</tr>', table.indexOf('<tbody>')));
    expect(row.match(/<td/g)).toHaveLength(table.match(/<th /g)?.length ?? 0);
  });

  it('pins and unpins a copy by a plain form', async () => {
    const _csrf = await visitor.csrfOf(`/apps/${appId}`);
    const answer = await visitor.form(`/backups/${backup.id}/pin`, { _csrf, pinned: 'true' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/apps/${appId}?done=pinned`]);
    expect(await html(`/apps/${appId}`)).toContain('name="pinned" value="false"');
  });

  it('accepts, reads again and prunes by plain forms, each only where it makes sense', async () => {
    const send = async (path: string, from = `/apps/${appId}`) =>
      visitor.form(path, { _csrf: await visitor.csrfOf(from) });
    expect(await html(`/apps/${appId}`)).not.toMatch(/\/accept"|\/prune"/);
    await bed.catalog.setState(backup.id, 'suspicious');
    expect(await html(`/apps/${appId}`)).toContain(`action="/backups/${backup.id}/accept"`);
    const accepted = await send(`/backups/${backup.id}/accept`);
    expect([accepted.status, accepted.headers.get('location')]).toEqual([
      303,
      `/apps/${appId}?done=accepted`,
    ]);
    const bytes = Buffer.from('bytes');
    bed.destinations.local.objects.set('photos/photos_20261124_1200.tar', bytes);
    bed.destinations.local.objects.set('photos/.backup-orchestrator.json', Buffer.from('{}'));
    const checked = await send(`/backups/${backup.id}/verify`);
    expect([checked.status, checked.headers.get('location')]).toEqual([303, `/apps/${appId}?done=checked`]);
    expect(await html(`/apps/${appId}`)).toContain('read again and the same');
    expect((await send(`/apps/${appId}/prune`)).headers.get('location')).toBe(`/apps/${appId}?done=pruned`);
  });

  it('overrides a setting and takes it back', async () => {
    const _csrf = await visitor.csrfOf(`/apps/${appId}`);
    const send = (fields: Record<string, string>) =>
      visitor.form(`/apps/${appId}/overrides`, { _csrf, setting: 'frequency', ...fields });
    expect((await send({ value: 'daily@05:00' })).status).toBe(303);
    expect(await html(`/apps/${appId}`)).toContain('<code class="break">daily@05:00</code>');
    expect((await send({ value: '', reset: '1' })).status).toBe(303);
    expect(await html(`/apps/${appId}`)).not.toContain('<code class="break">daily@05:00</code>');
    expect((await send({ value: 'sometimes' })).status).toBe(400);
  });
});

describe('the test of an app', () => {
  it('is asked for by a plain form and tells each step with its trouble', async () => {
    expect(await html(`/apps/${appId}`)).toContain(`href="/apps/${appId}/test"`);
    const _csrf = await visitor.csrfOf(`/apps/${appId}/test`);
    const answer = await visitor.form(`/apps/${appId}/test`, { _csrf });
    const page = await answer.text();
    expect([answer.status, page.match(/<li>/g)?.length]).toEqual([200, 4]);
    expect(page).toMatch(
      /would not go through[^]*Find the app[^]*Sign in with the token[^]*Not tried[^]*local/,
    );
  });
});

describe('the list of runs', () => {
  it('names the app of each, and is narrowed by a plain form', async () => {
    const link = `<a href="/apps/${appId}">Photos</a>`;
    expect(await html('/runs')).toContain(link);
    expect(await html(`/runs?app=${appId}&status=succeeded&trigger=manual`)).toContain(link);
    for (const query of ['status=failed', 'trigger=schedule', 'app=another', 'status=running'])
      expect(await html(`/runs?${query}`)).not.toContain(link);
    expect(await html('/runs?status=%3Cscript%3E&before=nonsense')).toContain(link);
    expect(await html('/runs/live?status=succeeded')).toMatch(
      /^<div id="runs-list" hx-get="\/runs\/live\?status&#x3D;succeeded"/,
    );
  });

  it('offers what can be done: to cancel what is open, to try again what failed', async () => {
    const open = await bed.ledger.queue({ id: randomUUID(), appId, trigger: 'api' });
    expect(await html('/runs')).toContain(`action="/runs/${open.id}/cancel"`);
    const _csrf = await visitor.csrfOf(`/runs/${open.id}`);
    expect((await visitor.form(`/runs/${open.id}/cancel`, { _csrf })).status).toBe(303);
    expect(await html('/runs')).not.toContain(`action="/runs/${open.id}/cancel"`);
    expect(await html(`/runs/${open.id}`)).toContain('Run again');
    expect(await html(`/runs/${open.id}`)).toContain(`/api/jobs/${open.id}/log?format=text`);
  });
});

describe('the log page', () => {
  it('shows lines by level and text, and none of them is code', async () => {
    bed.log.add({ at: NOW, level: 'warn', context: 'Watch', message: '<img src=x onerror=alert(1)>' });
    bed.log.add({ at: NOW, level: 'debug', context: 'Watch', message: 'a detail' });
    const page = await html('/log');
    expect(page).toContain('&lt;img src');
    expect(page).not.toContain('a detail');
    expect(await html('/log?level=debug&q=DETAIL')).toContain('a detail');
    expect(await html('/log/live?level=error')).toMatch(/^<div id="log-lines"[^]*No line of this level/);
  });
});
