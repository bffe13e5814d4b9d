import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { destinationsBed } from './destinations.fixture.js';
import type { DestinationsBed } from './destinations.fixture.js';

const TOKEN =
  '{"access_token":"canary-access","refresh_token":"canary-refresh","expiry":"2020-01-01T00:00:00Z"}';
const DRIVE = {
  RCLONE_DRIVE_CLIENT_ID: 'an-id',
  RCLONE_DRIVE_CLIENT_SECRET: 'canary-client-secret',
  RCLONE_DRIVE_TOKEN: TOKEN.replaceAll(',', ',\n'),
};

describe('at start', () => {
  let bed: DestinationsBed;
  afterEach(async () => bed.close());

  it.each([
    ['gdrive', {}],
    ['cloud', { RCLONE_REMOTE: 'cloud:', RCLONE_DRIVE_SCOPE: 'drive.file' }],
  ])(
    '%s is made from RCLONE_DRIVE_… where it is missing, once, and comes back when it is lost',
    async (name, more) => {
      bed = await destinationsBed('', { ...DRIVE, ...more });
      await bed.start.onApplicationBootstrap();
      const section = await bed.conf.section(name);
      expect(section).toMatchObject({
        type: 'drive',
        client_id: 'an-id',
        client_secret: 'canary-client-secret',
        token: TOKEN,
        scope: 'RCLONE_DRIVE_SCOPE' in more ? 'drive.file' : 'drive',
      });
      expect(await bed.book.get(name)).toMatchObject({ origin: 'environment', type: 'drive' });
      expect(JSON.stringify(await bed.book.all())).not.toContain('canary');
      expect(await bed.start.setUpDrive()).toBe(false);
      await writeFile(bed.config.rcloneConfig, '');
      await bed.start.onApplicationBootstrap();
      expect(await bed.conf.section(name)).toEqual(section);
    },
  );

  it('a remote of that name is left as it is, and two of the three values make none', async () => {
    bed = await destinationsBed('[gdrive]\ntype = alias\nremote = /x\n', DRIVE);
    await bed.start.onApplicationBootstrap();
    expect(await bed.conf.section('gdrive')).toEqual({ type: 'alias', remote: '/x' });
    await bed.close();
    bed = await destinationsBed('', { ...DRIVE, RCLONE_DRIVE_TOKEN: '' });
    expect(await bed.start.setUpDrive()).toBe(false);
    expect(await bed.conf.remotes()).toEqual([]);
  });

  it.each([
    ['cut in the middle of a name', '[gdrive]\ntype = drive\n[nex'],
    ['overwritten', 'garbage\0\0\n'],
    ['emptied', ''],
    ['cut in the middle of a section', '[gdrive]\nclient_id = an-id\n[safe]\ntype = crypt\n'],
  ])('an rclone.conf that was %s is put aside, and what the agent knows is there again', async (_, text) => {
    bed = await destinationsBed('', DRIVE);
    await bed.start.onApplicationBootstrap();
    const whole = await bed.conf.section('gdrive');
    const daemon = bed.daemon.status().pid ?? 0;
    await writeFile(bed.config.rcloneConfig, text);
    process.kill(daemon, 'SIGKILL');
    while (bed.daemon.status().pid === daemon || bed.daemon.status().state !== 'running')
      await new Promise((resolve) => setTimeout(resolve, 20));
    await bed.start.onApplicationBootstrap();
    expect(await bed.conf.section('gdrive')).toEqual(whole);
    expect((await stat(bed.config.rcloneConfig)).mode & 0o777).toBe(0o600);
    const aside = (await readdir(dirname(bed.config.rcloneConfig))).filter((name) =>
      name.includes('.damaged-'),
    );
    const isBroken = text.includes('[nex') || text.includes('garbage');
    expect(aside).toHaveLength(isBroken ? 1 : 0);
    if (isBroken)
      expect(await readFile(`${dirname(bed.config.rcloneConfig)}/${aside[0] ?? ''}`, 'utf8')).toBe(text);
  });

  it('an encrypted rclone.conf stays encrypted, and one that does not open is left alone', async () => {
    bed = await destinationsBed('', { ...DRIVE, RCLONE_CONFIG_PASS: 'correct horse battery' });
    await bed.start.onApplicationBootstrap();
    const text = await readFile(bed.config.rcloneConfig, 'utf8');
    expect(text).toContain('RCLONE_ENCRYPT_V0:');
    expect(text).not.toContain('canary');
    await writeFile(bed.config.rcloneConfig, text.slice(0, -10));
    process.kill(bed.daemon.status().pid ?? 0, 'SIGKILL');
    while (bed.daemon.status().problem === null) await new Promise((resolve) => setTimeout(resolve, 20));
    await bed.start.onApplicationBootstrap();
    expect(await readFile(bed.config.rcloneConfig, 'utf8')).toBe(text.slice(0, -10));
  });

  it('drafts that nobody saved are swept; a copy of another APP_SECRET_KEY is not used', async () => {
    bed = await destinationsBed(
      '[draft-0123456789ab]\ntype = alias\nremote = /x\n[keep]\ntype = alias\nremote = /x\n',
    );
    const row = bed.book.fresh('lost', 'drive', '', 'admin');
    row.sealedConfig = 'v1.AAAA.AAAA.AAAA';
    await bed.book.save(row);
    expect((await bed.list.all()).map(({ name }) => name)).toEqual(['local', 'keep', 'lost']);
    await bed.start.onApplicationBootstrap();
    expect(await bed.conf.remotes()).toEqual(['keep']);
    await expect(bed.keeper.restore(row)).rejects.toMatchObject({ code: 'destination-not-configured' });
  });

  it('without rclone the agent still starts', async () => {
    bed = await destinationsBed('', { ...DRIVE, RCLONE_BINARY: '/nowhere/rclone' });
    await bed.start.onApplicationBootstrap();
    expect(await bed.book.all()).toEqual([]);
    await rm(bed.config.rcloneConfig, { force: true });
  });
});
