import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeDestination } from '../../../src/destinations/destination.contract.js';
import { inChunks, sentOf } from '../../../src/destinations/contract-parts.contract.js';
import { destinationsBed } from '../../../src/destinations/destinations.fixture.js';
import type { DestinationsBed } from '../../../src/destinations/destinations.fixture.js';
import { DriveStandIn } from '../../bed/stand-ins/drive.js';

const MIB = 1024 * 1024;
const never = (): AbortSignal => new AbortController().signal;
const accountOf = (drive: DriveStandIn): Record<string, string> => ({
  client_id: 'an-id',
  client_secret: 'canary-client-secret',
  token: drive.token(),
  scope: 'drive',
  stop_on_upload_limit: 'true',
  pacer_min_sleep: '1ms',
});

describeDestination('Google Drive (stand-in), by the backend of rclone', async () => {
  const drive = await DriveStandIn.start();
  const bed = await destinationsBed('', drive.environment);
  await bed.admin.create({ name: 'gdrive', type: 'drive', options: accountOf(drive), folder: 'Backups' });
  return {
    destination: await bed.destinations.byName('gdrive'),
    tamper: (key, change) => {
      const file = drive.files.at(`Backups/${key}`);
      if (file === null) throw new Error(`nothing is stored under ${key}`);
      file.bytes = change(Buffer.from(file.bytes));
      return Promise.resolve();
    },
    close: async () => {
      await bed.close();
      await drive.stop();
    },
  };
});

describe('Google Drive', () => {
  let drive: DriveStandIn;
  let bed: DestinationsBed;
  beforeEach(async () => {
    drive = await DriveStandIn.start();
    bed = await destinationsBed('', { ...drive.environment, RCLONE_REMOTE: 'gdrive' });
  });
  afterEach(async () => {
    await bed.close();
    await drive.stop();
  });
  const order = (): Parameters<DestinationsBed['admin']['create']>[0] => ({
    name: 'gdrive',
    type: 'drive',
    options: accountOf(drive),
    folder: 'Backups',
  });
  const names = (): string[] =>
    [...drive.files.all.values()].filter((file) => !file.trashed).map((file) => file.name);

  it('is saved after it was tried, its folder made, its space known', async () => {
    await bed.admin.create(order());
    expect(names()).toEqual(['My Drive', 'Backups']);
    const row = await bed.health.check('gdrive');
    expect(row).toMatchObject({ healthState: 'ok', totalBytes: 15_000_000_000 });
    expect(JSON.stringify([await bed.book.all(), await bed.list.details('gdrive')])).not.toMatch(
      /canary|refresh-token/,
    );
    drive.quota.usage = 14_900_000_000;
    expect(await bed.health.check('gdrive')).toMatchObject({
      healthState: 'warning',
      healthCode: 'destination-nearly-full',
    });
  });

  it('a withdrawn authorisation is told as such, saves nothing, and later asks for a person', async () => {
    const revoked = {
      on: /^POST \/token/,
      times: 1000,
      status: 400,
      reason: 'invalid_grant',
      message: 'Token has been expired or revoked.',
    };
    drive.faults.push(revoked);
    const expired = {
      ...order(),
      options: { ...accountOf(drive), token: drive.token('2020-01-01T00:00:00Z') },
    };
    await expect(bed.admin.create(expired)).rejects.toMatchObject({ code: 'destination-expired' });
    expect(await bed.conf.remotes()).toEqual([]);
    expect(names()).toEqual(['My Drive']);
    revoked.times = 0;
    await bed.admin.create(expired);
    expect(await bed.health.check('gdrive')).toMatchObject({ healthState: 'ok' });
    // The renewed token is in the copy as well.
    expect(bed.book.open(await bed.book.get('gdrive'))?.['token']).toContain('renewed-');
    drive.tokens.clear();
    revoked.times = 1000;
    const row = await bed.health.check('gdrive');
    expect(row).toMatchObject({ healthState: 'needs-authorisation' });
    expect(['destination-expired', 'destination-auth']).toContain(row.healthCode);
    revoked.times = 0;
    drive.tokens.add('a-valid-access-token');
    await bed.admin.update('gdrive', { options: { token: drive.token() } });
    expect(await bed.health.check('gdrive')).toMatchObject({ healthState: 'ok', healthCode: null });
  }, 60_000);

  it('a rate limit three times heals by itself', async () => {
    await bed.admin.create(order());
    const gdrive = await bed.destinations.byName('gdrive');
    drive.faults.push({
      on: /^POST \/upload/,
      times: 3,
      status: 403,
      reason: 'userRateLimitExceeded',
      message: 'User Rate Limit Exceeded. Rate of requests',
    });
    const bytes = randomBytes(300 * 1024);
    await gdrive.store('a/x', inChunks(bytes), never());
    expect((await gdrive.verify('a/x', sentOf(bytes), never())).level).toBe('hash');
  }, 60_000);

  it.each([
    ['userRateLimitExceeded', 'User Rate Limit Exceeded. Rate of requests', 'destination-busy'],
    ['userRateLimitExceeded', 'User rate limit exceeded.', 'destination-daily-limit'],
    ['storageQuotaExceeded', "The user's Drive storage quota has been exceeded.", 'destination-full'],
    [
      'teamDriveFileLimitExceeded',
      'The file limit for this shared drive has been exceeded.',
      'destination-full',
    ],
    [
      'insufficientFilePermissions',
      'The user does not have sufficient permissions for this file. Forbidden',
      'destination-auth',
    ],
  ])(
    '%s (%s) for ever is %s, and nothing is left',
    async (reason, message, code) => {
      // With the usual ten tries and Google's seconds in between, this alone would take minutes.
      await bed.rc.call('options/set', { main: { LowLevelRetries: 3 } }, z.object({}));
      await bed.admin.create(order());
      await bed.health.check('gdrive');
      const before = names();
      drive.faults.push({ on: /^(POST|PUT) \/upload/, times: 1000, status: 403, reason, message });
      const began = drive.seen.length;
      const gdrive = await bed.destinations.byName('gdrive');
      await expect(gdrive.store('a/x', inChunks(randomBytes(300 * 1024)), never())).rejects.toMatchObject({
        code,
      });
      expect(drive.seen.length - began).toBeLessThan(60);
      expect(await bed.health.check('gdrive')).toMatchObject({ healthCode: code });
      expect(names().filter((name) => name !== 'a')).toEqual(before);
    },
    120_000,
  );

  it('a doubtful answer makes a double, which removing finds', async () => {
    await bed.admin.create(order());
    const gdrive = await bed.destinations.byName('gdrive');
    drive.faults.push({
      on: /^POST \/upload.*uploadType=multipart/,
      times: 1,
      status: 500,
      reason: 'backendError',
      message: 'Backend Error',
      afterEffect: true,
    });
    await gdrive.store('a/x', inChunks(randomBytes(1000)), never()).catch(() => undefined);
    await gdrive.remove('a/x');
    expect(names()).not.toContain('x');
  }, 60_000);

  describe('a folder of the account of the agent', () => {
    const shared = (more: object = {}) => ({
      name: 'ana',
      folder: 'People/ana',
      email: 'ana@example.org',
      ...more,
    });
    beforeEach(async () => {
      await bed.admin.create({ ...order(), folder: '' });
    });

    it('is made, shared with the person, and is a destination of its own', async () => {
      const { row, link } = await bed.shared.create(shared());
      const folder = drive.files.at('People/ana');
      expect(folder?.permissions).toMatchObject([
        { type: 'user', role: 'reader', emailAddress: 'ana@example.org' },
      ]);
      expect(link).toBe(`https://drive.google.com/drive/folders/${folder?.id ?? ''}`);
      expect(row).toMatchObject({ name: 'ana', type: 'alias' });
      await (await bed.destinations.byName('ana')).store('a/x', inChunks(randomBytes(10)), never());
      expect(drive.files.at('People/ana/a/x')).not.toBeNull();
      expect(await bed.health.check('ana')).toMatchObject({ healthState: 'ok' });
    });

    it.each([{ email: 'ana' }, { email: 'a@b\nc' }, { folder: '../x' }, { folder: '' }, { name: 'a:b' }])(
      '%j is refused and nothing is made',
      async (wrong) => {
        await expect(bed.shared.create(shared(wrong))).rejects.toMatchObject({
          field: Object.keys(wrong)[0],
        });
        expect(names()).toEqual(['My Drive']);
        expect(await bed.conf.remotes()).toEqual(['gdrive']);
      },
    );

    it('a share that Google refuses takes the destination back', async () => {
      const message = 'The owner of a file cannot be removed.';
      drive.faults.push({ on: /permissions/, times: 9, status: 403, reason: 'forbidden', message });
      await expect(bed.shared.create(shared())).rejects.toMatchObject({ code: 'destination-auth' });
      expect(await bed.conf.remotes()).toEqual(['gdrive']);
      expect((await bed.book.all()).map(({ name }) => name)).toEqual(['gdrive']);
    });

    it('is never shared with anyone who has the link unless that is said in so many words', async () => {
      await bed.close();
      bed = await destinationsBed('', {
        ...drive.environment,
        RCLONE_REMOTE: 'gdrive',
        RCLONE_DRIVE_SHARE_TYPE: 'anyone',
      });
      await bed.admin.create({ ...order(), folder: '' });
      await expect(bed.shared.create(shared())).rejects.toMatchObject({ field: 'anyone' });
      await bed.shared.create(shared({ anyone: true }));
      expect(drive.files.at('People/ana')?.permissions).toMatchObject([{ type: 'anyone', role: 'reader' }]);
    });
  });

  it('is made at start from RCLONE_DRIVE_… and works', async () => {
    await bed.close();
    bed = await destinationsBed('', {
      ...drive.environment,
      RCLONE_DRIVE_CLIENT_ID: 'an-id',
      RCLONE_DRIVE_CLIENT_SECRET: 'canary-client-secret',
      RCLONE_DRIVE_TOKEN: drive.token(),
    });
    await bed.start.onApplicationBootstrap();
    expect(await bed.health.check('gdrive')).toMatchObject({ healthState: 'ok' });
    const gdrive = await bed.destinations.byName('gdrive');
    await gdrive.store('a/x', inChunks(randomBytes(9 * MIB)), never());
    expect(drive.files.at('a/x')?.bytes.length).toBe(9 * MIB);
  }, 60_000);
});
