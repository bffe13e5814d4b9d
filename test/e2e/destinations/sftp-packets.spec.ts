import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inChunks, sentOf } from '../../../src/destinations/contract-parts.contract.js';
import { destinationsBed } from '../../../src/destinations/destinations.fixture.js';
import type { DestinationsBed } from '../../../src/destinations/destinations.fixture.js';
import { rcloneSftp, sshd } from '../../bed/stand-ins/file-servers.js';
import type { FileServer } from '../../bed/stand-ins/file-servers.js';

const STRICT = fileURLToPath(new URL('../../bed/stand-ins/sftp-limits.mjs', import.meta.url));
const LARGE = '255Ki';
const never = (): AbortSignal => new AbortController().signal;

describe('packets of SFTP', () => {
  let bed: DestinationsBed;
  let server: FileServer | null = null;
  beforeEach(async () => {
    bed = await destinationsBed();
  }, 30_000);
  afterEach(async () => {
    await bed.close();
    await server?.stop();
    server = null;
  }, 30_000);

  const byKey = async ({ root }: FileServer): Promise<Record<string, string>> => ({
    user: userInfo().username,
    key_pem: await readFile(join(root, 'client'), 'utf8'),
  });
  const order = async (
    { root, port }: FileServer,
    options: Record<string, string>,
  ): Promise<Parameters<DestinationsBed['admin']['create']>[0]> => ({
    name: 'nas',
    type: 'sftp',
    options: { host: '127.0.0.1', port: String(port), ...options },
    folder: `${root}/files/backups`,
    hostKeys: (await bed.hostKeys.of('127.0.0.1', port)).map(({ line }) => line).join('\n'),
  });

  const packets = async (): Promise<string | undefined> =>
    (await bed.conf.section('nas'))?.['chunk_size'] || undefined;

  /** Stored, proven by the server's hash, and read back whole. */
  async function oneBackup(): Promise<void> {
    const destination = await bed.destinations.byName('nas');
    const bytes = randomBytes(3_000_000);
    await destination.store('app/x', inChunks(bytes), never());
    expect(await destination.verify('app/x', sentOf(bytes), never())).toMatchObject({ level: 'hash' });
    expect((await buffer(await destination.open('app/x', never()))).equals(bytes)).toBe(true);
  }

  it('are as large as OpenSSH takes them, for a server of that name', async () => {
    server = await sshd();
    await bed.admin.create(await order(server, await byKey(server)));
    expect(await packets()).toBe(LARGE);
    await oneBackup();
  }, 60_000);

  it.each(['refuse', 'short'])(
    'are what every server takes where one that calls itself OpenSSH does not (%s)',
    async (how) => {
      server = await sshd([
        `Match User ${userInfo().username}`,
        `ForceCommand ${process.execPath} ${STRICT} ${how}`,
      ]);
      await bed.admin.create(await order(server, await byKey(server)));
      expect(await packets()).toBeUndefined();
      const destination = await bed.destinations.byName('nas');
      const bytes = randomBytes(3_000_000);
      await destination.store('app/x', inChunks(bytes), never());
      expect((await buffer(await destination.open('app/x', never()))).equals(bytes)).toBe(true);
    },
    60_000,
  );

  it('are what every server takes for one of another name', async () => {
    server = await rcloneSftp({ user: 'ana', pass: 'canary-of-sftp' });
    expect(await bed.hostKeys.software('127.0.0.1', server.port)).toMatch(/^rclone/);
    await bed.admin.create({
      ...(await order(server, { user: 'ana', pass: 'canary-of-sftp' })),
      folder: 'backups',
    });
    expect(await packets()).toBeUndefined();
    await oneBackup();
  }, 60_000);

  it('are left as a person set them, also when something else is changed later', async () => {
    server = await sshd();
    await bed.admin.create(await order(server, { ...(await byKey(server)), chunk_size: '64Ki' }));
    expect(await packets()).toBe('64Ki');
    await bed.admin.update('nas', { options: { chunk_size: '' } });
    expect(await packets()).toBeUndefined();
    await bed.admin.update('nas', { options: { user: userInfo().username } });
    expect(await packets()).toBeUndefined();
    await oneBackup();
  }, 60_000);
});
