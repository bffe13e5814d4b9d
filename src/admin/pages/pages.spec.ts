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

  it('never calls retention done when it was not: it says what could not be deleted, and why', async () => {
    const { objects } = bed.destinations.local;
    const kept = objects.get(backup.objectKey);
    objects.delete(backup.objectKey);
    const answer = await visitor.form(`/apps/${appId}/prune`, {
      _csrf: await visitor.csrfOf(`/apps/${appId}`),
    });
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(page).toContain('Not everything could be deleted.');
    expect(page).toContain(backup.objectKey);
    expect(page).toContain('Nothing was deleted.');
    if (kept !== undefined) objects.set(backup.objectKey, kept);
  });

  it('overrides a setting and takes it back', async () => {
    const _csrf = await visitor.csrfOf(`/apps/${appId}`);
    const send = (fields: Record<string, string>) =>
      visitor.form(`/apps/${appId}/overrides`, { _csrf, setting: 'frequency', ...fields });
    expect((await send({ value: 'daily@05:00' })).status).toBe(303);
    expect(await html(`/apps/${appId}`)).toContain('<code class="break">daily@05:00</code>');
    expect((await send({ value: '', reset: '1' })).status).toBe(303);
    expect(await html(`/apps/${appId}`)).not.toContain('<code class="break">daily@05:00</code>');
    const refused = await send({ value: 'sometimes "often"' });
    expect(refused.status).toBe(400);
    // What was typed is still there, beside what is wrong with it.
    const shown = await refused.text();
    expect(shown).toContain('value="sometimes &quot;often&quot;"');
    expect(shown).toContain('This is not a frequency.');
    expect(shown).toContain('<details open>');
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

describe('what a person decides', () => {
  it('is offered as its state allows, done by a plain form, and written down', async () => {
    const _csrf = await visitor.csrfOf(`/apps/${appId}`);
    const decide = (decision: string) => visitor.form(`/apps/${appId}/decision`, { _csrf, decision });
    expect(await html(`/apps/${appId}`)).toContain('id="pause"');
    expect((await decide('pause')).headers.get('location')).toBe(`/apps/${appId}?done=pause`);
    const paused = await html(`/apps/${appId}`);
    expect([paused.includes('id="pause"'), paused.includes('id="resume"')]).toEqual([false, true]);
    expect((await decide('pause')).status).toBe(409);
    expect((await decide('resume')).status).toBe(303);
    expect(await html('/audit')).toContain('paused Photos');
  });

  it('shows when the app runs, and what a frequency would mean while it is typed', async () => {
    expect(await html(`/apps/${appId}`)).toMatch(/class="due"><small>At 0\d:\d\d, every day/);
    expect(await html(`/apps/${appId}/frequency?value=every%206h`)).toMatch(
      /Every 6 hours[^]*<li>[^]*<li>[^]*<li>[^]*<li>[^]*<li>/,
    );
    expect(await html(`/apps/${appId}/frequency?value=x`)).toContain('This is not a frequency.');
  });

  it('shows the labels that would say the same', async () => {
    expect(await html(`/apps/${appId}`)).toContain('backup.name: &quot;Photos&quot;');
  });
});

describe('adding, changing and removing an app by hand', () => {
  it('keeps what was typed when something is wrong, but never the token', async () => {
    const _csrf = await visitor.csrfOf('/apps/new');
    const answer = await visitor.form('/apps', {
      _csrf,
      name: 'Wiki',
      url: 'wiki',
      token: 'canary-typed-token',
      schedule: '',
    });
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(page).toContain('value="Wiki"');
    expect(page).not.toContain('canary-typed-token');
  });

  it('goes from the form to its page, and from there to nothing, with its name typed', async () => {
    const _csrf = await visitor.csrfOf('/apps/new');
    const added = await visitor.form('/apps', {
      _csrf,
      name: 'Wiki',
      url: 'http://wiki:8080',
      token: 'canary-typed-token',
      schedule: 'every 6h',
    });
    const path = (added.headers.get('location') ?? '').replace('?done=appAdded', '');
    expect(await html(path)).toContain('every 6h');
    expect(await html(path)).not.toContain('canary-typed-token');
    expect(
      (await visitor.form(`${path}/change`, { _csrf, name: 'Wiki two', url: 'http://wiki:9090', token: '' }))
        .status,
    ).toBe(303);
    const changed = await bed.apps.byId(path.split('/').pop() ?? '');
    expect([changed?.manualUrl, changed && bed.apps.openToken(changed)]).toEqual([
      'http://wiki:9090',
      'canary-typed-token',
    ]);
    await visitor.form(`${path}/change`, { _csrf, name: 'Wiki two', url: 'http://wiki:9090', no_token: '1' });
    expect((await bed.apps.byId(changed?.id ?? ''))?.manualToken).toBeNull();
    expect((await visitor.form(`${path}/remove`, { _csrf, name: 'Wiki' })).status).toBe(400);
    expect((await visitor.form(`${path}/remove`, { _csrf, name: 'Wiki two' })).headers.get('location')).toBe(
      '/?done=removed',
    );
    expect((await visitor.send(path)).status).toBe(404);
    expect(await html('/audit')).toContain('removed manual:wiki');
  });
});

describe('the page of secrets', () => {
  it('keeps, replaces and removes by plain forms, and shows no value', async () => {
    const _csrf = await visitor.csrfOf('/secrets');
    const bad = await visitor.form('/secrets', { _csrf, name: 'Bad Name', value: 'canary-page-secret' });
    const again = await bad.text();
    expect([bad.status, again.includes('value="Bad Name"'), again.includes('canary-page-secret')]).toEqual([
      400,
      true,
      false,
    ]);
    expect(
      (await visitor.form('/secrets', { _csrf, name: 'vault', value: 'canary-page-secret' })).status,
    ).toBe(303);
    const page = await html('/secrets');
    expect([page.includes('kept here'), page.includes('canary-page-secret')]).toEqual([true, false]);
    expect((await visitor.form('/secrets/vault/remove', { _csrf })).headers.get('location')).toBe(
      '/secrets?done=secretRemoved',
    );
    expect(await html('/secrets')).not.toContain('vault');
  });
});
