import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { DriveStandIn } from '../../bed/stand-ins/drive.js';
import type { DriveFault } from '../../bed/stand-ins/drive.js';
import { startRest } from './rest-bed.js';
import type { RestBed } from './rest-bed.js';

const LIMIT = { status: 403, reason: 'userRateLimitExceeded', message: 'User Rate Limit Exceeded' };
const FOR_EVER = 100_000;
const expired = (token: string): string =>
  JSON.stringify({ ...JSON.parse(token), expiry: '2020-01-01T00:00:00Z' });

describe('setting up Google Drive while it refuses', () => {
  let drive: DriveStandIn;
  let bed: RestBed;
  beforeEach(async () => {
    drive = await DriveStandIn.start();
    bed = await startRest(drive.environment);
    // A configuration that is there already, to be compared.
    await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', bed.local('disk'));
  }, 60_000);
  afterEach(async () => {
    await leave();
    await drive.stop();
  }, 60_000);
  afterAll(leave);

  /** @param isOld whether its access has run out, so that a new one is asked for */
  const create = (isOld = false) =>
    bed.agent.api('POST', '/api/destinations', {
      name: 'gdrive', type: 'drive', folder: 'Backups',
      options: { client_id: 'an-id', client_secret: 'canary-client-secret', token: isOld ? expired(drive.token()) : drive.token(), scope: 'drive', pacer_min_sleep: '1ms' },
    }); // prettier-ignore
  const lying = (): string[] =>
    [...drive.files.all.values()]
      .filter(({ trashed }) => !trashed)
      .map(({ name }) => name)
      .sort();

  it.each<[string, string, DriveFault]>([
    ['the account’s pace for ever', 'destination-busy', { on: /^POST .*upload|^POST .*files/, times: FOR_EVER, ...LIMIT }],
    ['the 750 GB of a day', 'destination-daily-limit', { on: /^POST .*upload/, times: FOR_EVER, ...LIMIT, message: 'User rate limit exceeded.' }],
    ['a withdrawn authorisation', 'destination-expired', { on: /^POST \/token/, times: FOR_EVER, status: 400, reason: 'invalid_grant', message: 'Token has been expired or revoked.' }],
    ['a full account', 'destination-full', { on: /^POST .*upload/, times: FOR_EVER, status: 403, reason: 'storageQuotaExceeded', message: 'The user’s Drive storage quota has been exceeded.' }],
  ])('%s: has its own sentence, and leaves configuration and remote as before', async (_what, code, fault) => {
    const [conf, names, files] = [readFileSync(bed.conf, 'utf8'), await bed.names(), lying()];
    drive.faults.push(fault);
    const refused = await create(code === 'destination-expired');
    expect([refused.status >= 400, refused.body.error?.code]).toEqual([true, code]);
    expect(refused.body.error.message.length).toBeGreaterThan(20);
    expect(JSON.stringify(refused.body)).not.toContain('canary');
    drive.faults.length = 0;
    expect([readFileSync(bed.conf, 'utf8'), await bed.names(), lying()]).toEqual([conf, names, files]);
  }, 90_000); // prettier-ignore

  it('a pace that is exceeded three times heals by itself', async () => {
    drive.faults.push({ on: /^POST .*upload|^POST .*files/, times: 3, ...LIMIT });
    expect((await create()).status).toBe(201);
    expect((await bed.backUp(await bed.app('wiki', 'gdrive'))).outcome).toBe('succeeded');
  }, 90_000);
});
