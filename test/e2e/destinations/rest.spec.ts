import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { leave } from '../../bed/cleanup.js';
import { startRest } from './rest-bed.js';
import type { RestBed } from './rest-bed.js';

const TWELVE = Array.from({ length: 12 }, (_, nth) => `disk${nth}`);

describe('destinations by REST', () => {
  let bed: RestBed;
  beforeAll(async () => {
    bed = await startRest();
  }, 60_000);
  afterAll(leave, 60_000);

  it('12 saves in parallel keep 12 remotes, and a lost rclone.conf comes back with all of them', async () => {
    const saved = await Promise.all(
      TWELVE.map((name) => bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', bed.local(name))),
    );
    expect(saved.map(({ destination }) => destination.state)).toEqual(TWELVE.map(() => 'ok'));
    expect((await bed.names()).sort()).toEqual([...TWELVE, 'local'].sort());
    const { conf } = bed;
    const before = readFileSync(conf, 'utf8');
    await bed.agent.kill('SIGTERM');
    rmSync(conf);
    await bed.agent.start();
    expect((await bed.names()).sort()).toEqual([...TWELVE, 'local'].sort());
    const sections = (text: string): string[] => [...text.matchAll(/^\[.*\]$/gm)].map(([one]) => one).sort();
    expect(sections(readFileSync(conf, 'utf8'))).toEqual(sections(before));
    const checked = await bed.ask('Destination', 200, 'POST', '/api/destinations/disk7/check');
    expect(checked).toMatchObject({ state: 'ok', error: null, needs_authorisation: false, apps: 0 });
    for (const name of TWELVE.slice(4)) await bed.agent.api('DELETE', `/api/destinations/${name}`);
    expect((await bed.names()).sort()).toEqual([...TWELVE.slice(0, 4), 'local'].sort());
  }, 120_000);

  it('apps and their backups follow a rename, and can be downloaded under the new name', async () => {
    const app = await bed.app('follower', 'disk0,disk1:shared');
    const job = await bed.backUp(app);
    expect(job.outcome).toBe('succeeded');
    expect(
      await bed.ask('Destination', 200, 'POST', '/api/destinations/disk0/rename', { name: 'archive' }),
    ).toMatchObject({ name: 'archive', apps: 1, backups: 1, used_by: [{ id: app, name: 'follower' }] });
    const settings = (await bed.agent.api('GET', `/api/apps/${app}`)).body.settings;
    expect(settings.destinations).toEqual({ value: 'archive,disk1:shared', from: 'override' });
    const copies = (await bed.agent.api('GET', `/api/apps/${app}/backups`)).body.items as { id: string; destination: string }[];
    expect(copies.map(({ destination }) => destination).sort()).toEqual(['archive', 'disk1']);
    const moved = copies.find(({ destination }) => destination === 'archive')!;
    expect((await bed.agent.api('GET', `/api/backups/${moved.id}/download`)).status).toBe(200);
    expect((await bed.agent.api('GET', `/api/jobs/${job.id}`)).body.copies.map((copy: { destination: string }) => copy.destination)).toEqual(['archive', 'disk1']);
    expect((await bed.backUp(app)).outcome).toBe('succeeded');
    expect((await bed.agent.api('GET', '/api/destinations/disk0')).status).toBe(404);
  }, 60_000); // prettier-ignore

  it('what lies there is told, imported and marked: every answer as it is documented', async () => {
    const app = await bed.app('finder', 'disk3');
    await bed.backUp(app);
    const at = '/api/destinations/disk3/contents';
    const folder = { destination: 'disk3', folder: 'finder', state: 'ours', owner: null, backups: 1 };
    expect(await bed.ask('DestinationContents', 200, 'GET', at)).toEqual({ folders: [folder], unknown: [], truncated: false });
    writeFileSync(join(bed.disks, 'disk3', 'finder', 'notes.txt'), 'mine');
    const { unknown } = await bed.ask('DestinationContents', 200, 'GET', at);
    expect(unknown).toMatchObject([{ object_key: 'finder/notes.txt', reason: 'no-manifest', size_bytes: 4, manifest: null }]);
    const [copy] = (await bed.agent.api('GET', `/api/apps/${app}/backups`)).body.items as { object_key: string }[];
    const keys = [copy!.object_key, 'finder/notes.txt'];
    // One is a backup already: asking again is harmless.
    expect(await bed.ask('AdoptedBackups', 200, 'POST', `${at}/adopt`, { object_keys: keys })).toMatchObject({
      adopted: [{ object_key: keys[0], state: 'verified' }],
      refused: [{ object_key: keys[1], code: 'not-adoptable' }],
    });
    expect(await bed.ask('ContentFolder', 200, 'POST', `${at}/mark`, { folder: 'finder' })).toEqual(folder);
    for (const [status, path, body] of [
      [400, `${at}/mark`, { folder: 'nobody' }],
      [400, `${at}/mark`, { folder: '../up' }],
      [400, `${at}/adopt`, {}],
      [404, '/api/destinations/nowhere/contents/adopt', { all: true }],
    ] as const)
      expect((await bed.ask('Error', status, 'POST', path, body)).error.hint).not.toBe('');
    await bed.ask('Error', 404, 'GET', '/api/destinations/nowhere/contents');
  }, 60_000); // prettier-ignore

  it('a destination in use is refused with the apps by name, and goes when they are reassigned', async () => {
    const app = await bed.app('mover', 'disk2');
    await bed.backUp(app);
    const inUse = await bed.ask('Error', 409, 'DELETE', '/api/destinations/disk2');
    expect(inUse.error).toMatchObject({ code: 'in-use', message: expect.stringContaining('mover') });
    const unknown = await bed.ask('Error', 400, 'DELETE', '/api/destinations/disk2?reassign_to=nothing');
    expect(unknown.error).toMatchObject({ code: 'destination-unknown', fields: [{ field: 'reassign_to' }] });
    const holds = await bed.ask('Error', 409, 'DELETE', '/api/destinations/disk2?reassign_to=disk3');
    expect(holds.error).toMatchObject({ code: 'holds-backups', hint: expect.stringContaining('keep_data') });
    const settings = async (): Promise<unknown> => (await bed.agent.api('GET', `/api/apps/${app}`)).body.settings.destinations.value;
    expect(await settings()).toBe('disk2');
    expect((await bed.agent.api('DELETE', '/api/destinations/disk2?reassign_to=disk3&keep_data=true')).status).toBe(204);
    expect(await settings()).toBe('disk3');
    expect(await bed.names()).not.toContain('disk2');
    expect(readdirSync(join(bed.disks, 'disk2', 'mover')).filter((name) => !name.startsWith('.'))).toHaveLength(2);
    const [kept] = (await bed.agent.api('GET', `/api/apps/${app}/backups`)).body.items;
    expect(kept).toMatchObject({ destination: 'disk2', state: 'missing' });
    expect((await bed.backUp(app)).outcome).toBe('succeeded');
  }, 60_000); // prettier-ignore

  it('data is deleted only by the typed name, and only what is in the catalog', async () => {
    const app = await bed.app('leaver', 'disk1');
    await bed.backUp(app);
    const folder = join(bed.disks, 'disk1', 'leaver');
    const wrong = await bed.ask('Error', 400, 'DELETE', '/api/destinations/disk1?reassign_to=disk3&delete_data=disk');
    expect(wrong.error).toMatchObject({ code: 'value-invalid', fields: [{ field: 'delete_data' }] });
    expect(readdirSync(folder)).toHaveLength(3);
    expect((await bed.agent.api('DELETE', '/api/destinations/disk1?reassign_to=disk3&delete_data=disk1')).status).toBe(204);
    expect(readdirSync(folder)).toEqual(['.backup-orchestrator.json']);
    expect(existsSync(join(bed.disks, 'disk1', 'shared'))).toBe(true);
    expect((await bed.agent.api('GET', `/api/apps/${app}/backups`)).body.items).toEqual([]);
    expect(await bed.names()).not.toContain('disk1');
  }, 60_000); // prettier-ignore

  it('options and folder change; folders are browsed and made; a trial leaves nothing', async () => {
    await bed.ask('FolderList', 201, 'POST', '/api/destinations/disk3/folders', { path: 'a/b' });
    expect(await bed.ask('FolderList', 200, 'GET', '/api/destinations/disk3/folders?path=a')).toEqual({
      path: 'a', items: ['b'], next_cursor: null,
    });
    const before = readdirSync(join(bed.disks, 'disk3'));
    expect(await bed.ask('DestinationTest', 200, 'POST', '/api/destinations/disk3/test')).toEqual({ ok: true, error: null });
    expect(readdirSync(join(bed.disks, 'disk3'))).toEqual(before);
    const moved = await bed.ask('Destination', 200, 'PATCH', '/api/destinations/disk3', { options: { path: join(bed.disks, 'elsewhere') } });
    expect(moved).toMatchObject({ type: 'local', folder: join(bed.disks, 'elsewhere') });
    const outside = await bed.ask('Error', 400, 'PATCH', '/api/destinations/disk3', { options: { path: '/etc/backups' } });
    expect(outside.error).toMatchObject({ code: 'folder-not-allowed', fields: [{ field: 'path' }] });
    expect((await bed.ask('Error', 404, 'PATCH', '/api/destinations/nothing', { folder: 'x' })).error.code).toBe('destination-unknown');
    expect((await bed.ask('Error', 409, 'PATCH', '/api/destinations/local', { folder: 'x' })).error.code).toBe('set-elsewhere');
    expect((await bed.ask('Error', 409, 'POST', '/api/destinations', bed.local('disk3'))).error.code).toBe('name-taken');
  }, 60_000); // prettier-ignore

  it('a remote made by hand is seen, and adopted on request', async () => {
    const { conf } = bed;
    const text = readFileSync(conf, 'utf8');
    writeFileSync(conf, `${text}\n[byhand]\ntype = alias\nremote = ${join(bed.disks, 'elsewhere')}\n`);
    const found = await bed.ask('Destination', 200, 'GET', '/api/destinations/byhand');
    expect(found).toMatchObject({ origin: 'found', can_edit: false, can_adopt: true });
    expect(await bed.ask('Destination', 200, 'POST', '/api/destinations/byhand/adopt')).toMatchObject({
      origin: 'adopted',
      can_edit: true,
    });
    expect((await bed.ask('Error', 404, 'POST', '/api/destinations/nobody/adopt')).error.code).toBe('destination-unknown');
  }, 30_000); // prettier-ignore

  it('every kind is described, and a draft is asked, tried, saved or thrown away', async () => {
    const types = (await bed.ask('DestinationTypeList', 200, 'GET', '/api/destination-types')).items;
    expect(types.map(({ type }) => type)).toEqual(expect.arrayContaining(['sftp', 's3', 'webdav', 'drive', 'b2', 'onedrive', 'dropbox']));
    const s3 = types.find(({ type }) => type === 's3')!;
    expect(s3.fields.find((field) => field['name'] === 'secret_access_key')).toMatchObject({ secret: true });
    const asked = await bed.ask('DestinationDraft', 201, 'POST', '/api/destination-drafts', { type: 'webdav', ask: 'everything' });
    expect(asked).toMatchObject({ done: false, question: { name: 'url', required: true } });
    const next = await bed.ask('DestinationDraft', 200, 'PUT', `/api/destination-drafts/${asked.id}/answer`, {
      state: asked.question?.['state'], answer: 'http://127.0.0.1:9',
    });
    expect(next).toMatchObject({ done: false, question: { name: 'vendor' } });
    const stale = await bed.ask('Error', 404, 'PUT', `/api/destination-drafts/${asked.id}/answer`, { state: asked.question?.['state'], answer: 'x' });
    expect(stale.error.code).toBe('draft-unknown');
    expect((await bed.agent.api('DELETE', `/api/destination-drafts/${asked.id}`)).status).toBe(204);
    const draft = await bed.ask('DestinationDraft', 201, 'POST', '/api/destination-drafts', { ...bed.local('drafted'), name: undefined, ask: 'nothing' });
    expect(await bed.ask('FolderList', 200, 'GET', `/api/destination-drafts/${draft.id}/folders`)).toMatchObject({ items: [] });
    expect((await bed.agent.api('POST', `/api/destination-drafts/${draft.id}/test`, {})).status).toBe(204);
    expect(await bed.ask('Destination', 201, 'POST', `/api/destination-drafts/${draft.id}/save`, { name: 'drafted' })).toMatchObject({ name: 'drafted', type: 'local' });
    expect(readFileSync(bed.conf, 'utf8')).not.toContain('draft-');
  }, 60_000); // prettier-ignore

  it('every change is in the list of changes, with who and what', () => {
    const db = new Database(join(bed.agent.dataDir, 'orchestrator.sqlite'), { readonly: true });
    const actions = db.prepare("SELECT DISTINCT action FROM audit_log WHERE who = 'api'").pluck().all();
    db.close();
    const expected = ['added', 'changed', 'renamed', 'removed', 'adopted'].map((what) => `destination-${what}`);
    expect(actions).toEqual(expect.arrayContaining(expected));
  }); // prettier-ignore
});
