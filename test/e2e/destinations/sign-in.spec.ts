import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inChunks, sentOf } from '../../../src/destinations/contract-parts.contract.js';
import { destinationsBed } from '../../../src/destinations/destinations.fixture.js';
import type { DestinationsBed } from '../../../src/destinations/destinations.fixture.js';
import { sshd, webdav } from '../../bed/stand-ins/file-servers.js';
import type { FileServer } from '../../bed/stand-ins/file-servers.js';

const PASSWORD = 'canary-password-of-sftp';
const never = (): AbortSignal => new AbortController().signal;
type Order = Parameters<DestinationsBed['admin']['create']>[0];

/** One verified backup ends every way of setting up. */
async function oneBackup(bed: DestinationsBed, name: string): Promise<void> {
  const destination = await bed.destinations.byName(name);
  const bytes = randomBytes(200_000);
  await destination.store('app/x', inChunks(bytes), never());
  expect((await destination.verify('app/x', sentOf(bytes), never())).sizeBytes).toBe(bytes.length);
}

describe('SFTP by password', () => {
  const user = `bo-${randomBytes(4).toString('hex')}`;
  let server: FileServer;
  let bed: DestinationsBed;
  beforeEach(async () => {
    execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', user]);
    execFileSync('chpasswd', { input: `${user}:${PASSWORD}\n` });
    server = await sshd([`Match User ${user}`, 'PasswordAuthentication yes', 'Match all']);
    await chmod(join(server.root, 'files'), 0o777);
    bed = await destinationsBed();
  }, 30_000);
  afterEach(async () => {
    await bed.close();
    await server.stop();
    execFileSync('userdel', [user]);
  }, 30_000);

  const order = async (): Promise<Order> => ({
    name: 'nas',
    type: 'sftp',
    options: { host: '127.0.0.1', port: String(server.port), user, pass: PASSWORD },
    folder: `${server.root}/files/backups`,
    hostKeys: (await bed.hostKeys.of('127.0.0.1', server.port)).map(({ line }) => line).join('\n'),
  });

  it('shows the fingerprint that ssh-keygen shows, is pinned, saved, browsed and used; the password is nowhere', async () => {
    const shown = execFileSync('ssh-keygen', ['-lf', join(server.root, 'host.pub')], { encoding: 'utf8' });
    expect((await bed.hostKeys.of('127.0.0.1', server.port)).map(({ fingerprint }) => fingerprint)).toEqual([
      shown.split(' ')[1],
    ]);
    await bed.admin.create(await order());
    await oneBackup(bed, 'nas');
    expect(await bed.admin.folders('nas', '')).toEqual(['app']);
    const details = await bed.list.details('nas');
    expect(details).toMatchObject({
      secretsSet: ['pass'],
      fingerprints: [`ssh-ed25519 ${shown.split(' ')[1] ?? ''}`],
    });
    const pid = String(bed.daemon.status().pid);
    const texts = [
      JSON.stringify([details, await bed.book.all()]),
      await readFile(`/proc/${pid}/cmdline`, 'utf8'),
      await readFile(`/proc/${pid}/environ`, 'utf8'),
      await readFile(bed.config.rcloneConfig, 'utf8'),
    ];
    for (const text of texts) expect(text).not.toContain('canary');
  }, 30_000);

  it('a wrong password is told as credentials; remote, row and server are as before', async () => {
    const right = await order();
    const wrong = { ...right, options: { ...right.options, pass: 'canary-wrong' } };
    await expect(bed.admin.create(wrong)).rejects.toMatchObject({ code: 'destination-auth' });
    expect(await bed.conf.remotes()).toEqual([]);
    expect(await bed.book.all()).toEqual([]);
    expect(await readdir(join(server.root, 'files'))).toEqual([]);
    await bed.admin.create(right);
    const before = await bed.conf.section('nas');
    await expect(bed.admin.update('nas', { options: { pass: 'canary-wrong' } })).rejects.toMatchObject({
      code: 'destination-auth',
    });
    expect(await bed.conf.section('nas')).toEqual(before);
    await oneBackup(bed, 'nas');
  }, 60_000);

  it('another host key is told as such, also later, and accepting the new one heals it', async () => {
    const right = await order();
    await bed.admin.create(right);
    expect(await bed.health.check('nas')).toMatchObject({ healthState: 'ok' });
    const { root, port } = server;
    await server.halt();
    for (const name of ['host', 'host.pub']) await rm(join(root, name));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(root, 'host')]);
    await server.again();
    await bed.rc.forgetOpened();
    expect(await bed.health.check('nas')).toMatchObject({
      healthState: 'needs-authorisation',
      healthCode: 'destination-host-key',
    });
    await expect(bed.admin.create({ ...right, name: 'nas2' })).rejects.toMatchObject({
      code: 'destination-host-key',
    });
    expect(await bed.conf.remotes()).toEqual(['nas']);
    const hostKeys = (await bed.hostKeys.of('127.0.0.1', port)).map(({ line }) => line).join('\n');
    await bed.admin.update('nas', { hostKeys });
    expect(await bed.health.check('nas')).toMatchObject({ healthState: 'ok' });
  }, 60_000);

  it('a server that is down is unreachable, in a form and later', async () => {
    const right = await order();
    await bed.admin.create(right);
    await bed.health.check('nas');
    await server.halt();
    await expect(bed.hostKeys.of('127.0.0.1', server.port)).rejects.toMatchObject({
      code: 'destination-unreachable',
    });
    await expect(bed.admin.create({ ...right, name: 'nas2' })).rejects.toMatchObject({
      code: 'destination-unreachable',
    });
    await bed.rc.forgetOpened();
    expect(await bed.health.check('nas')).toMatchObject({
      healthState: 'failing',
      healthCode: 'destination-unreachable',
    });
    expect(await bed.conf.remotes()).toEqual(['nas']);
  }, 60_000);
});

it('SFTP by a pasted key is saved and used, and comes back when rclone.conf and the known hosts are lost', async () => {
  const server = await sshd();
  const bed = await destinationsBed();
  try {
    await bed.admin.create({
      name: 'nas',
      type: 'sftp',
      options: {
        host: '127.0.0.1',
        port: String(server.port),
        user: userInfo().username,
        key_pem: await readFile(join(server.root, 'client'), 'utf8'),
      },
      folder: `${server.root}/files`,
      hostKeys: (await bed.hostKeys.of('127.0.0.1', server.port)).map(({ line }) => line).join('\n'),
    });
    expect((await bed.list.details('nas')).secretsSet).toEqual(['key_pem']);
    await oneBackup(bed, 'nas');
    await rm(bed.config.rcloneConfig);
    await rm(join(bed.config.dataDir, 'rclone/known_hosts'), { recursive: true });
    process.kill(bed.daemon.status().pid ?? 0, 'SIGKILL');
    while (bed.daemon.status().problem === null) await new Promise((resolve) => setTimeout(resolve, 20));
    while (bed.daemon.status().state !== 'running') await new Promise((resolve) => setTimeout(resolve, 20));
    await bed.start.onApplicationBootstrap();
    expect(await bed.health.check('nas')).toMatchObject({ healthState: 'ok' });
  } finally {
    await bed.close();
    await server.stop();
  }
}, 60_000);

it('WebDAV by password: a wrong one is told as credentials and saves nothing, the right one is used', async () => {
  const server = await webdav({ user: 'ana', pass: PASSWORD });
  const bed = await destinationsBed();
  try {
    const options = { url: `http://127.0.0.1:${server.port}`, vendor: 'other', user: 'ana', pass: PASSWORD };
    const order: Order = { name: 'cloud', type: 'webdav', options, folder: 'backups' };
    const wrong = { ...order, options: { ...options, pass: 'canary-wrong' } };
    await expect(bed.admin.create(wrong)).rejects.toMatchObject({ code: 'destination-auth' });
    expect(await bed.conf.remotes()).toEqual([]);
    await bed.admin.create(order);
    await oneBackup(bed, 'cloud');
    expect(await bed.health.check('cloud')).toMatchObject({ healthState: 'ok' });
    await mkdir(join(server.root, 'files/other'));
    await bed.admin.update('cloud', { folder: 'other' });
    expect(await bed.health.check('cloud')).toMatchObject({ healthState: 'ok' });
  } finally {
    await bed.close();
    await server.stop();
  }
}, 60_000);
