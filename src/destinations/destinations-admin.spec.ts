import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import { DestinationRefusal } from './destination-refusal.js';
import { destinationsBed } from './destinations.fixture.js';
import type { DestinationsBed } from './destinations.fixture.js';

let bed: DestinationsBed;
beforeEach(async () => {
  bed = await destinationsBed('[base]\ntype = alias\nremote = {root}/base\n', {
    LOCAL_DIRECTORIES_ROOT: '{root}/disks',
  });
  await mkdir(join(bed.root, 'disks'));
  await mkdir(join(bed.root, 'base'));
}, 30_000);
afterEach(async () => bed.close());

const confText = (): Promise<string> => readFile(bed.config.rcloneConfig, 'utf8');
const disks = (name: string): string => join(bed.root, 'disks', name);
const local = (name: string): Parameters<DestinationsBed['admin']['create']>[0] => ({
  name,
  type: 'local',
  options: { path: disks(name) },
  folder: '',
});
const crypt = (name: string): Parameters<DestinationsBed['admin']['create']>[0] => ({
  name,
  type: 'crypt',
  options: { password: 'canary-crypt-password' },
  folder: '',
  over: { destination: 'base', folder: 'sealed' },
});

async function refusal(promise: Promise<unknown>): Promise<DestinationRefusal> {
  const error: unknown = await promise.then(
    () => 'it was done',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DestinationRefusal);
  return error as DestinationRefusal;
}

/** As a new start of the agent: a running daemon remembers what it has read. */
async function restarted(of: DestinationsBed): Promise<void> {
  const { pid } = of.daemon.status();
  process.kill(pid ?? 0, 'SIGKILL');
  while (of.daemon.status().pid === pid || of.daemon.status().state !== 'running') await pause(20);
}

describe('a local destination', () => {
  it('is tried, saved and used; its folder is made', async () => {
    const row = await bed.admin.create(local('usb'));
    expect(row).toMatchObject({ name: 'usb', type: 'local', origin: 'admin', healthState: 'unknown' });
    expect(await readdir(disks('usb'))).toEqual([]);
    await (await bed.destinations.byName('usb')).put('a/x', Buffer.from('1'));
    expect(await readFile(join(disks('usb'), 'a/x'), 'utf8')).toBe('1');
    expect(await confText()).not.toContain('draft-');
  });

  it.each([
    '/etc',
    '/',
    '../x',
    '{disks}/../../etc',
    '{disks}/link/x',
    'relative',
    '{disks}/a\nb',
    '{disks}/-x',
    '',
  ])('the folder %j is refused and not made', async (path) => {
    await symlink('/var', disks('link'));
    const order = { ...local('usb'), options: { path: path.replace('{disks}', join(bed.root, 'disks')) } };
    expect((await refusal(bed.admin.create(order))).field).toBe('path');
    expect(await bed.book.all()).toEqual([]);
    expect(await readdir(join(bed.root, 'disks'))).toEqual(['link']);
  });

  it('what can not be written is told, and nothing of it stays', async () => {
    await mkdir(disks('taken'));
    await writeFile(join(disks('taken'), 'file'), 'x');
    const order = { ...local('usb'), options: { path: disks('taken') }, folder: 'file/below' };
    await expect(bed.admin.create(order)).rejects.toBeInstanceOf(BackupFailure);
    expect(await bed.conf.remotes()).toEqual(['base']);
    expect(await bed.book.all()).toEqual([]);
    expect(await readdir(disks('taken'))).toEqual(['file']);
  });
});

describe('saving', () => {
  it('12 at once keep 12 remotes, and one name is given once', async () => {
    const names = Array.from({ length: 12 }, (_, nth) => `disk${nth}`);
    await Promise.all(names.map((name) => bed.admin.create(local(name))));
    expect((await bed.conf.remotes()).sort()).toEqual(['base', ...names].sort());
    const twice = await Promise.allSettled([1, 2, 3].map(() => bed.admin.create(local('same'))));
    expect(twice.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await refusal(bed.admin.create(local('base')))).code).toBe('name-taken');
  }, 60_000);

  it('a row that can not be written takes the remote with it', async () => {
    await bed.database.query('DROP TABLE destinations');
    await expect(bed.admin.create(local('usb'))).rejects.toThrow();
    expect(await bed.conf.remotes()).toEqual(['base']);
    expect(await readdir(join(bed.root, 'disks'))).toEqual([]);
  });

  it('secrets are in no argument, no listing and not in the database in clear', async () => {
    await bed.admin.create(crypt('safe'));
    const details = await bed.list.details('safe');
    expect(details).toMatchObject({ type: 'crypt', secretsSet: ['password'], canEdit: true });
    const shown = JSON.stringify([details, await bed.list.all(), await bed.book.all()]);
    const arguments_ = await readFile(`/proc/${String(bed.daemon.status().pid)}/cmdline`, 'utf8');
    const obscured = (await bed.conf.section('safe'))?.['password'] ?? 'none';
    for (const text of [shown, arguments_, await confText()]) expect(text).not.toContain('canary-crypt');
    for (const text of [shown, arguments_]) expect(text).not.toContain(obscured);
  });
});

describe('changing', () => {
  it('another folder and an option are tried first, the password stays', async () => {
    await bed.admin.create(crypt('safe'));
    const before = (await bed.conf.section('safe'))?.['password'];
    const row = await bed.admin.update('safe', {
      folder: 'deep',
      options: { filename_encryption: 'off' },
      over: { destination: 'base', folder: 'sealed' },
    });
    expect(row.folder).toBe('deep');
    expect(await bed.conf.section('safe')).toMatchObject({ filename_encryption: 'off', password: before });
    await (await bed.destinations.byName('safe')).put('a/x', Buffer.from('1'));
    expect(await readdir(join(bed.root, 'base/sealed/deep/a'))).toEqual(['x.bin']);
  });

  it('what does not work leaves remote, row and folder as they were', async () => {
    await bed.admin.create(local('usb'));
    const [conf, rows] = [await confText(), JSON.stringify(await bed.book.all())];
    await writeFile(join(disks('usb'), 'file'), 'x');
    await expect(bed.admin.update('usb', { folder: 'file/x' })).rejects.toBeInstanceOf(BackupFailure);
    await expect(bed.admin.update('usb', { options: { path: '/etc' } })).rejects.toBeInstanceOf(
      DestinationRefusal,
    );
    expect([await confText(), JSON.stringify(await bed.book.all())]).toEqual([conf, rows]);
    expect((await refusal(bed.admin.update('base', { folder: 'x' }))).code).toBe('set-elsewhere');
  });

  it('a new name is followed by those who use it and by what lies over it', async () => {
    await bed.admin.create(local('usb'));
    await bed.admin.create({ ...crypt('safe'), over: { destination: 'usb', folder: '' } });
    const told: string[] = [];
    bed.uses.add({
      usersOf: () => Promise.resolve([]),
      backupsAt: () => Promise.resolve(0),
      checkRename: () => Promise.resolve(),
      renamed: (from, to) => Promise.resolve(void told.push(`${from}>${to}`)),
    });
    await (await bed.destinations.byName('usb')).put('a/x', Buffer.from('1'));
    await bed.moves.rename('usb', 'disk');
    expect(told).toEqual(['usb>disk']);
    expect((await bed.conf.remotes()).sort()).toEqual(['base', 'disk', 'safe']);
    expect((await bed.conf.section('safe'))?.['remote']).toBe('disk:');
    expect(await (await bed.destinations.byName('disk')).stat('a/x')).not.toBeNull();
    await writeFile(bed.config.rcloneConfig, '');
    expect((await bed.keeper.restoreLost()).sort()).toEqual(['disk', 'safe']);
    expect((await bed.conf.section('safe'))?.['remote']).toBe('disk:');
  });

  it('a name that somebody can not follow stays the old one everywhere', async () => {
    await bed.admin.create(local('usb'));
    const told: string[] = [];
    bed.uses.add({
      usersOf: () => Promise.resolve([]),
      backupsAt: () => Promise.resolve(0),
      checkRename: () => Promise.resolve(),
      renamed: (from, to) => Promise.resolve(void told.push(`${from}>${to}`)),
    });
    bed.uses.add({
      usersOf: () => Promise.resolve([]),
      backupsAt: () => Promise.resolve(0),
      checkRename: () => Promise.resolve(),
      renamed: () => Promise.reject(new Error('locked')),
    });
    const conf = await bed.conf.section('usb');
    await expect(bed.moves.rename('usb', 'disk')).rejects.toThrow('locked');
    expect(told).toEqual(['usb>disk']);
    expect((await bed.conf.remotes()).sort()).toEqual(['base', 'usb']);
    expect(await bed.conf.section('usb')).toEqual(conf);
    expect((await bed.book.all()).map(({ name }) => name)).toEqual(['usb']);
    expect(bed.book.open(await bed.book.get('usb'))).toEqual(conf);
  });

  it('one that is used stays; one that is not goes, and its files stay', async () => {
    await bed.admin.create(local('usb'));
    await bed.admin.create({ ...crypt('safe'), over: { destination: 'usb', folder: '' } });
    expect(await refusal(bed.moves.remove('usb'))).toMatchObject({ code: 'in-use', detail: 'safe' });
    await bed.moves.remove('safe');
    let users = ['ghost'];
    let backups = 0;
    bed.uses.add({
      usersOf: () => Promise.resolve(users),
      backupsAt: () => Promise.resolve(backups),
      checkRename: () => Promise.resolve(),
      renamed: () => Promise.resolve(),
    });
    expect(await refusal(bed.moves.remove('usb'))).toMatchObject({ code: 'in-use', detail: 'ghost' });
    [users, backups] = [[], 3];
    expect(await refusal(bed.moves.remove('usb'))).toMatchObject({ code: 'holds-backups', detail: '3' });
    backups = 0;
    await writeFile(join(disks('usb'), 'file'), 'x');
    await bed.moves.remove('usb');
    expect(await bed.conf.remotes()).toEqual(['base']);
    expect(await bed.book.all()).toEqual([]);
    expect((await stat(join(disks('usb'), 'file'))).size).toBe(1);
    expect((await refusal(bed.moves.remove('usb'))).code).toBe('destination-unknown');
  });
});

describe('a remote that was made by hand', () => {
  it('shows up, is adopted as it is and comes back when the file is lost', async () => {
    expect((await bed.list.all()).find(({ name }) => name === 'base')).toMatchObject({
      canAdopt: true,
      canEdit: false,
      type: 'alias',
    });
    await bed.admin.adopt('base');
    expect((await bed.list.all()).find(({ name }) => name === 'base')).toMatchObject({
      canAdopt: false,
      canEdit: true,
      origin: 'adopted',
    });
    await rm(bed.config.rcloneConfig);
    await restarted(bed);
    expect((await bed.list.all()).find(({ name }) => name === 'base')).toMatchObject({ canEdit: true });
    expect(await bed.keeper.restoreLost()).toEqual(['base']);
    await (await bed.destinations.byName('base')).put('a/x', Buffer.from('1'));
    expect((await refusal(bed.admin.adopt('none'))).code).toBe('destination-unknown');
  });
});
