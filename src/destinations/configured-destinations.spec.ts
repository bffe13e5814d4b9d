import { appendFile, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { rcloneBed } from './rclone.contract.js';
import type { RcloneBed } from './rclone.contract.js';

describe('the configured destinations', () => {
  let bed: RcloneBed | null = null;
  afterEach(async () => {
    await bed?.close();
    bed = null;
  });

  it('without RCLONE_REMOTE it is the built-in folder, made at use for the agent alone', async () => {
    bed = await rcloneBed();
    expect(bed.destinations.defaultName).toBe('local');
    await expect(stat(bed.config.localBackupsDir)).rejects.toMatchObject({ code: 'ENOENT' });
    const destination = await bed.destinations.byName('local');
    await destination.put('a/marker', Buffer.from('x'));
    expect((await stat(bed.config.localBackupsDir)).mode & 0o777).toBe(0o700);
    expect(destination.commit).toBe('rename');
    expect(await bed.destinations.names()).toEqual([
      { name: 'local', kind: 'builtin', place: bed.config.localBackupsDir },
    ]);
  });

  it('with RCLONE_REMOTE there is no built-in one, and a missing remote is told, never replaced', async () => {
    bed = await rcloneBed('', { RCLONE_REMOTE: 'gdrive' });
    expect(bed.destinations.defaultName).toBe('gdrive');
    await expect(bed.destinations.byName('gdrive')).rejects.toMatchObject({
      code: 'destination-not-configured',
    });
    await expect(bed.destinations.byName('local')).rejects.toMatchObject({
      code: 'destination-not-configured',
    });
    expect(await bed.destinations.names()).toEqual([]);
  });

  it.each([
    '',
    ':local:/etc',
    'nas:',
    'nas,root=/etc',
    '../nas',
    '/etc',
    '-nas',
    'nas\n[evil]',
    'nas:../../etc',
    'nas/sub',
  ])('the name %j is no destination', async (name) => {
    bed = await rcloneBed('[nas]\ntype = alias\nremote = {root}/nas\n');
    await expect(bed.destinations.byName(name)).rejects.toMatchObject({ code: 'destination-not-configured' });
  });

  it('a remote that is added behind the back of the daemon is found, one that is pointed elsewhere is followed', async () => {
    bed = await rcloneBed('[nas]\ntype = alias\nremote = {root}/nas\n');
    const [one, two] = [join(bed.root, 'nas'), join(bed.root, 'two')];
    await mkdir(one);
    await mkdir(two);
    const nas = await bed.destinations.byName('nas');
    await nas.put('a/x', Buffer.from('1'));
    await appendFile(bed.config.rcloneConfig, `\n[two]\ntype = alias\nremote = ${two}\n`);
    await (await bed.destinations.byName('two')).put('a/y', Buffer.from('2'));
    expect(await readFile(join(two, 'a/y'), 'utf8')).toBe('2');
    expect(await bed.destinations.byName('nas')).toBe(nas);
    expect(
      (await bed.destinations.names()).map(({ name, kind, place }) => `${kind} ${name} ${place}`),
    ).toEqual([`builtin local ${bed.config.localBackupsDir}`, 'rclone nas alias', 'rclone two alias']);
  }, 20_000);

  it('a folder that is not mounted is told, not made, and works again when it is back', async () => {
    bed = await rcloneBed('', { RCLONE_LOCAL_DIRECTORIES: 'Copias del NAS|{root}/disk' });
    const disk = join(bed.root, 'disk');
    expect((await bed.destinations.names())[1]).toEqual({
      name: 'copias-del-nas',
      kind: 'local',
      place: disk,
    });
    const destination = await bed.destinations.byName('copias-del-nas');
    for (const call of [
      () => destination.put('a/x', Buffer.from('1')),
      () => destination.list('a'),
      () => destination.folders(''),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'destination-changed' });
    }
    await expect(stat(disk)).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(disk, { recursive: true });
    await destination.put('a/x', Buffer.from('1'));
    await rename(disk, `${disk}.away`);
    await expect(destination.stat('a/x')).rejects.toMatchObject({ code: 'destination-changed' });
    await expect(destination.remove('a/x')).rejects.toMatchObject({ code: 'destination-changed' });
    await expect(destination.open('a/x', new AbortController().signal)).rejects.toMatchObject({
      code: 'destination-changed',
    });
  });

  it('a remote of type local is kept below the folder for backups, not where the agent was started', async () => {
    bed = await rcloneBed('[disk]\ntype = local\n', { RCLONE_REMOTE: 'disk:' });
    await mkdir(bed.config.localBackupsDir);
    await (await bed.destinations.byName('disk')).put('a/x', Buffer.from('1'));
    expect(await readFile(join(bed.config.localBackupsDir, 'a/x'), 'utf8')).toBe('1');
  });
});
