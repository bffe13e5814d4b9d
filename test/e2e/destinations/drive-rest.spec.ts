import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { DriveStandIn } from '../../bed/stand-ins/drive.js';
import { FOLDER } from '../../bed/stand-ins/drive-files.js';
import { startRest } from './rest-bed.js';
import type { RestBed } from './rest-bed.js';

const ID = '1AbC-dEf_GhIjKlMnOpQrSt';

describe('Google Drive by REST', () => {
  let drive: DriveStandIn;
  let bed: RestBed;
  beforeEach(async () => {
    drive = await DriveStandIn.start();
    bed = await startRest(drive.environment);
    await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', {
      name: 'gdrive',
      type: 'drive',
      options: { client_id: 'an-id', client_secret: 'canary-client-secret', token: drive.token(), scope: 'drive', pacer_min_sleep: '1ms' },
      folder: 'Backups',
    }); // prettier-ignore
  }, 60_000);
  afterEach(async () => {
    await leave();
    await drive.stop();
  }, 60_000);
  afterAll(leave);

  /** Files below a folder, by the path of names. */
  const below = (id: string, path = ''): string[] =>
    [...drive.files.all.values()]
      .filter((file) => !file.trashed && file.parents.includes(id))
      .flatMap((file) => (file.mimeType === FOLDER ? below(file.id, `${path}${file.name}/`) : [`${path}${file.name}`]))
      .sort(); // prettier-ignore

  it('an app with a folder id backs up into that folder, and is verified, pruned, downloaded and renamed there', async () => {
    drive.files.put({ id: ID, name: 'Of the team', mimeType: FOLDER, parents: ['elsewhere'] });
    const app = await bed.app('wiki', 'gdrive,local');
    await bed.agent.api('PUT', `/api/apps/${app}/overrides`, { drive_folder_id: ID, retention: 'last=1,min=1' });
    const plain = await bed.app('shop', 'gdrive');
    for (let nth = 0; nth < 2; nth += 1) expect((await bed.backUp(app)).outcome).toBe('succeeded');
    const job = await bed.backUp(app);
    expect(job.copies.map((copy: { destination: string }) => copy.destination).sort()).toEqual([`gdrive@${ID}`, 'local']);
    const copy = job.backups.find((one: { destination: string }) => one.destination !== 'local');
    expect(copy).toMatchObject({ state: 'verified', proof: { destination: { level: 'hash' } } });
    expect(below(ID)).toEqual(['wiki/.backup-orchestrator.json', copy.object_key, `${copy.object_key}.manifest.json`]);
    expect((await bed.backUp(plain)).outcome).toBe('succeeded');
    expect(below(drive.files.at('Backups')!.id).filter((name) => name.startsWith('wiki'))).toEqual([]);
    expect(below(drive.files.at('Backups')!.id).filter((name) => name.startsWith('shop'))).toHaveLength(3);

    await bed.ask('Destination', 200, 'POST', '/api/destinations/gdrive/rename', { name: 'team' });
    expect((await bed.agent.api('GET', `/api/backups/${copy.id}/download`)).status).toBe(200);
    expect((await bed.agent.api('GET', `/api/jobs/${job.id}`)).body.copies.map((one: { destination: string }) => one.destination).sort()).toEqual(['local', `team@${ID}`]);
    expect((await bed.backUp(app)).outcome).toBe('succeeded');
    expect(await bed.ask('Destination', 200, 'GET', '/api/destinations/team')).toMatchObject({ apps: 2, backups: 2 });
    expect((await bed.agent.api('DELETE', '/api/destinations/team?reassign_to=local&delete_data=team')).status).toBe(204);
    expect(below(ID)).toEqual(['wiki/.backup-orchestrator.json']);
  }, 90_000); // prettier-ignore

  it('a folder that is not there fails the copy and leaves nothing elsewhere', async () => {
    const app = await bed.app('wiki', 'gdrive');
    await bed.agent.api('PUT', `/api/apps/${app}/overrides`, { drive_folder_id: ID });
    const before = below(drive.files.rootId);
    expect(await bed.backUp(app)).toMatchObject({ outcome: 'failed', error: { code: expect.stringMatching(/^destination-/) } });
    expect(below(drive.files.rootId)).toEqual(before);
    expect((await bed.agent.api('PUT', `/api/apps/${app}/overrides`, { drive_folder_id: 'a,copy_links=true' })).status).toBe(400);
  }, 60_000); // prettier-ignore

  it('a folder of the account is shared with one address, takes backups, and is not made for an address that is none', async () => {
    const before = (await bed.names()).sort();
    const wrong = await bed.ask('Error', 400, 'POST', '/api/destinations/shared-folder', { name: 'ana', folder: 'For Ana', email: 'ana' });
    expect(wrong.error).toMatchObject({ code: 'value-invalid', fields: [{ field: 'email' }] });
    const refusal = { on: /^POST .*permissions/, times: 1, status: 403, reason: 'forbidden', message: 'insufficient permissions' };
    drive.faults.push(refusal);
    expect((await bed.agent.api('POST', '/api/destinations/shared-folder', { name: 'ana', folder: 'For Ana', email: 'ana@example.org' })).status).toBe(502);
    expect((await bed.names()).sort()).toEqual(before);
    const made = await bed.ask('SharedFolder', 201, 'POST', '/api/destinations/shared-folder', { name: 'ana', folder: 'For Ana', email: 'ana@example.org' });
    const folder = drive.files.at('Backups/For Ana') ?? drive.files.at('For Ana')!;
    expect(made.link).toBe(`https://drive.google.com/drive/folders/${folder.id}`);
    expect(folder.permissions).toMatchObject([{ type: 'user', role: 'reader', emailAddress: 'ana@example.org' }]);
    expect((await bed.backUp(await bed.app('wiki', 'ana'))).outcome).toBe('succeeded');
    expect(below(folder.id).filter((name) => !name.includes('.backup-orchestrator'))).toHaveLength(2);
    expect((await bed.ask('Error', 409, 'DELETE', '/api/destinations/gdrive')).error).toMatchObject({ code: 'in-use' });
  }, 60_000); // prettier-ignore

  it('a withdrawn authorisation fails the run at once with its own code, asks for a person, and new credentials heal it', async () => {
    const app = await bed.app('wiki', 'gdrive');
    expect((await bed.backUp(app)).outcome).toBe('succeeded');
    drive.tokens.clear();
    drive.faults.push({ on: /^POST \/token/, times: 1000, status: 400, reason: 'invalid_grant', message: 'Token has been expired or revoked.' });
    const sick = await bed.ask('Destination', 200, 'POST', '/api/destinations/gdrive/check');
    expect(sick).toMatchObject({ state: 'needs-authorisation', needs_authorisation: true, error: { code: expect.stringMatching(/^destination-(expired|auth)$/) } });
    const failed = await bed.backUp(app);
    expect(failed).toMatchObject({ outcome: 'failed', error: { code: sick.error?.['code'] } });
    expect(failed.steps.map((step: { name: string }) => step.name)).toEqual(['prepare']);
    await bed.agent.says(/gdrive needs a person to authorise it again — .*wiki/);
    drive.faults.length = 0;
    drive.tokens.add('a-valid-access-token');
    const well = await bed.ask('Destination', 200, 'PATCH', '/api/destinations/gdrive', { options: { token: drive.token() } });
    expect(well).toMatchObject({ state: 'ok', needs_authorisation: false, secrets_set: expect.arrayContaining(['token', 'client_secret']) });
    expect((await bed.backUp(app)).outcome).toBe('succeeded');
    await bed.agent.says('gdrive is well again');
  }, 90_000); // prettier-ignore
});
