import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import { destinationsBed } from './destinations.fixture.js';
import type { DestinationsBed } from './destinations.fixture.js';
import { freshRow } from './destination.entity.js';
import { DESTINATION_MARKER, healthFrom, isNearlyFull } from './look-at-destination.js';

describe('the health of a destination', () => {
  let bed: DestinationsBed;
  let disk: string;
  const begin = async (environment: Record<string, string> = {}): Promise<void> => {
    bed = await destinationsBed('', {
      LOCAL_DIRECTORIES_ROOT: '{root}/disks',
      DESTINATION_FREE_WARN_PERCENT: '0',
      ...environment,
    });
    disk = join(bed.root, 'disks/usb');
    await mkdir(join(bed.root, 'disks'));
    await bed.admin.create({ name: 'usb', type: 'local', options: { path: disk }, folder: '' });
  };
  afterEach(async () => bed.close());

  it('well: marked, tried, measured, and nothing but the marker is left there', async () => {
    await begin();
    const row = await bed.health.check('usb');
    expect(row).toMatchObject({
      healthState: 'ok',
      healthCode: null,
      unwellSince: null,
      checkedAt: bed.clock.now(),
    });
    expect(row.totalBytes).toBeGreaterThan(0);
    expect(row.freeBytes).toBeGreaterThan(0);
    expect(await readdir(disk)).toEqual([DESTINATION_MARKER]);
    expect(await bed.book.get('usb')).toMatchObject({ healthState: 'ok', markedAt: bed.clock.now() });
  });

  it('probes that a kill left are taken away: its own at once, those of others when they are old', async () => {
    await begin();
    const { id } = await bed.health.check('usb');
    const probe = '.backup-orchestrator-probe-';
    const at = (ageMs: number): string => `${probe}at-${bed.clock.now().getTime() - ageMs}-x`;
    const theirs = [`${probe}health-another`, at(60_000), 'a-file-of-a-person'];
    const left = [`${probe}health-${id}`, `${probe}health-${id}.partial`, at(3_700_000), ...theirs];
    for (const name of left) await writeFile(join(disk, name), 'x');
    expect(await bed.health.check('usb')).toMatchObject({ healthState: 'ok' });
    expect((await readdir(disk)).sort()).toEqual([...theirs, DESTINATION_MARKER].sort());
  });

  it('where our own rclone was not there, the next run looks again', async () => {
    await begin();
    const row = await bed.health.check('usb');
    const away = new BackupFailure('rclone-unavailable', { detail: 'killed' });
    await bed.book.note(row, healthFrom(row, away, bed.clock.now()));
    expect(await bed.health.forRun('usb')).toBeNull();
    expect(await bed.book.get('usb')).toMatchObject({ healthState: 'ok' });
  });

  it('an empty folder where the marked one was is changed, nothing is written there, and the old one is well again', async () => {
    await begin();
    await bed.health.check('usb');
    const told: string[] = [];
    bed.health.onChange(
      (row, before) => void told.push(`${before}>${row.healthState}:${row.healthCode ?? ''}`),
    );
    await rename(disk, `${disk}.away`);
    await mkdir(disk);
    bed.clock.advance(3_600_000);
    const since = bed.clock.now();
    expect(await bed.health.check('usb')).toMatchObject({
      healthState: 'failing',
      healthCode: 'destination-changed',
      unwellSince: since,
    });
    expect(await readdir(disk)).toEqual([]);
    bed.clock.advance(1000);
    expect((await bed.health.check('usb')).unwellSince).toEqual(since);
    await rm(disk, { recursive: true });
    expect(await bed.health.check('usb')).toMatchObject({ healthCode: 'destination-changed' });
    await rename(`${disk}.away`, disk);
    expect(await bed.health.check('usb')).toMatchObject({
      healthState: 'ok',
      healthCode: null,
      unwellSince: null,
    });
    expect(told).toEqual(['ok>failing:destination-changed', 'failing>ok:']);
  });

  it('a remote that rclone.conf lost is put back first; an edit by hand becomes the copy', async () => {
    await begin();
    await writeFile(bed.config.rcloneConfig, '');
    expect(await bed.health.check('usb')).toMatchObject({ healthState: 'ok' });
    await writeFile(
      bed.config.rcloneConfig,
      `[usb]\ntype = alias\nremote = ${disk}\ndescription = by hand\n`,
    );
    const row = await bed.health.check('usb');
    expect(bed.book.open(row)).toMatchObject({ description: 'by hand' });
    expect(bed.book.open(await bed.book.get('usb'))).toMatchObject({ description: 'by hand' });
  });

  it('looks at all at the set distance, also at those that were only found, and once at a time', async () => {
    await begin();
    await bed.health.tick();
    expect(
      (await bed.book.all()).map(({ name, origin, healthState }) => `${name} ${origin} ${healthState}`),
    ).toEqual(['local found ok', 'usb admin ok']);
    const first = bed.clock.now();
    bed.clock.advance(3_599_000);
    await bed.health.tick();
    expect((await bed.health.checkIfStale('usb')).checkedAt).toEqual(first);
    bed.clock.advance(1000);
    const [one, two] = await Promise.all([bed.health.check('usb'), bed.health.check('usb')]);
    expect(one).toBe(two);
    await bed.health.tick();
    expect((await bed.book.get('local')).checkedAt).toEqual(bed.clock.now());
    await expect(bed.health.check('none')).rejects.toMatchObject({ code: 'destination-not-configured' });
  });

  it('a run waits for no look while it is well, and one that is not well is looked at again', async () => {
    await begin();
    expect(await bed.health.forRun('usb')).toBeNull();
    const first = (await bed.book.get('usb')).checkedAt;
    bed.clock.advance(3_599_000);
    expect(await bed.health.forRun('usb')).toBeNull();
    expect((await bed.book.get('usb')).checkedAt).toEqual(first);
    await rename(disk, `${disk}.away`);
    await mkdir(disk);
    // The last look was not long ago, but a disk that is gone is seen at once.
    expect(await bed.health.forRun('usb')).toMatchObject({ code: 'destination-changed' });
    expect(await readdir(disk)).toEqual([]);
    await rm(disk, { recursive: true });
    await rename(`${disk}.away`, disk);
    expect(await bed.health.forRun('usb')).toBeNull();
    expect(await bed.health.forRun('nothing')).toMatchObject({ code: 'destination-not-configured' });
  });

  it.each([
    ['destination-expired', 'admin', 'destination-expired'],
    ['destination-unreachable', 'found', 'destination-unreachable'],
    ['destination-auth', 'admin', 'destination-auth'],
    ['destination-auth', 'found', null],
    ['destination-busy', 'admin', null],
    ['destination-error', 'admin', null],
  ] as const)('%s of one that is %s: a run is told %s at once', async (healthCode, origin, told) => {
    await begin();
    const row = await bed.health.check('usb');
    await bed.book.note(row, { origin, healthState: 'failing', healthCode });
    // A look that takes as long as one without an answer is not repeated for each run.
    bed.health['took'].set('usb', 20_000);
    expect((await bed.health.forRun('usb'))?.code ?? null).toBe(told);
    bed.clock.advance(60_000);
    expect(await bed.health.forRun('usb')).toBeNull();
  });

  it('nearly full is a warning', async () => {
    await begin({ DESTINATION_FREE_WARN_PERCENT: '99' });
    expect(await bed.health.check('usb')).toMatchObject({
      healthState: 'warning',
      healthCode: 'destination-nearly-full',
    });
    expect(isNearlyFull({ totalBytes: 100, freeBytes: 9 }, 10)).toBe(true);
    expect(isNearlyFull({ totalBytes: 100, freeBytes: 10 }, 10)).toBe(false);
    expect(isNearlyFull({ totalBytes: null, freeBytes: 10 }, 10)).toBe(false);
  });

  it.each([
    ['destination-auth', 'needs-authorisation'],
    ['destination-expired', 'needs-authorisation'],
    ['destination-host-key', 'needs-authorisation'],
    ['destination-unreachable', 'failing'],
    ['destination-full', 'failing'],
    ['destination-busy', 'failing'],
  ] as const)('%s is %s', async (code, state) => {
    await begin();
    const now = new Date('2026-01-01T00:00:00Z');
    const row = freshRow({ id: '1', name: 'n', type: 's3', folder: '', origin: 'admin' }, now);
    expect(healthFrom(row, new BackupFailure(code), now)).toMatchObject({
      healthState: state,
      healthCode: code,
      unwellSince: now,
    });
  });
});
