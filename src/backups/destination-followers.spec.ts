import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AppDestinations } from '../apps/app-destinations.js';
import { AppOverride } from '../apps/app-override.entity.js';
import { App } from '../apps/app.entity.js';
import { AppsService } from '../apps/apps.service.js';
import { AuditEntry } from '../apps/audit-entry.entity.js';
import type { SettingTexts } from '../apps/settings.js';
import { loadConfig } from '../config/load-config.js';
import { FixedClock } from '../core/clock.js';
import { SecretsBox } from '../core/secrets-box.js';
import { dataSourceOptions } from '../db/data-source.js';
import { DestinationUses } from '../destinations/destination-uses.js';
import { Backup } from './backup.entity.js';
import { DestinationFollowers } from './destination-followers.js';
import { RunLedger } from './run-ledger.js';
import { Run, RunStep } from './run.entity.js';

const PROOF = {
  declared: {},
  counted: { sizeBytes: 1, sha256: 'a' },
  destination: { level: 'size' as const, sizeBytes: 1, reported: null, readBack: true },
};

describe('those who name a destination', () => {
  let dataDir: string;
  let db: DataSource;
  let apps: AppsService;
  let uses: DestinationUses;
  let users: AppDestinations;
  let ledger: RunLedger;
  let made = 0;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'bo-followers-'));
    const config = loadConfig({ APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'a-long-enough-pass', DATA_DIR: dataDir });
    db = await new DataSource(dataSourceOptions(config, [App, AppOverride, AuditEntry, Backup, Run, RunStep])).initialize();
    const clock = new FixedClock(new Date('2026-11-24T03:00:00Z'));
    apps = new AppsService(db, config, clock, new SecretsBox(config.appSecretKey));
    users = new AppDestinations(db, apps, clock);
    uses = new DestinationUses();
    ledger = new RunLedger(db, clock);
    made = 0;
    new DestinationFollowers(db, uses, users).onModuleInit();
  }); // prettier-ignore
  afterEach(async () => {
    await db.destroy();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const app = (declaration: SettingTexts, state: App['state'] = 'active'): Promise<App> => {
    made += 1;
    return apps.add({
      key: `name:app${made}`, origin: 'label', state, declaration, problems: [], containerId: null, containerName: `app${made}`, image: null,
      project: null, service: null, manualUrl: null, manualToken: null, wantedName: `app${made}`,
    }); // prettier-ignore
  };
  const override = (appId: string, value: string): Promise<unknown> =>
    db
      .getRepository(AppOverride)
      .save({ appId, setting: 'destinations', value, setBy: 'ana', setAt: new Date(0) });
  const settingOf = async (one: App): Promise<string> => {
    const { value, from } = await apps.settingsOf(one).then(({ destinations }) => ({ value: destinations.text, from: destinations.from }));
    return `${value} (${from})`;
  }; // prettier-ignore
  const backup = (
    appId: string,
    destination: string,
    state: Backup['state'] = 'verified',
  ): Promise<unknown> => {
    made += 1;
    return db.getRepository(Backup).save({
      id: `b${made}`, appId, runId: 'r', destination, objectKey: `k/${made}`, sizeBytes: 1, sha256: 'a', format: 'bin', createdAt: new Date(0),
      seq: made, state, proof: PROOF, pinned: false, checkedAt: null,
    }); // prettier-ignore
  };
  const rename = (from: string, to: string): Promise<void> =>
    db.transaction((tx) => uses.renamed(from, to, tx));
  const destinationsOfBackups = async (): Promise<string[]> =>
    (await db.getRepository(Backup).find({ order: { seq: 'ASC' } })).map(({ destination }) => destination);

  it('follow by label, override and default, together with copies, folders of Drive and plans of runs', async () => {
    const labelled = await app({ destinations: 'nas,cloud:x' });
    const overridden = await app({ destinations: 'cloud' });
    await override(overridden.id, 'nas:deep/folder');
    const other = await app({ destinations: 'nas2' });
    for (const name of ['nas', 'nas@1AbCdEfGhIjK', 'nas2', 'cloud']) await backup(labelled.id, name);
    const run = await ledger.queue({ id: 'run', appId: labelled.id, trigger: 'manual' });
    const copies = ['nas', 'nas@1AbCdEfGhIjK', 'nas2'].map((destination) => ({ destination, key: 'k', partialKey: 'k', outcome: 'unsettled' as const, error: null }));
    await ledger.update(run.id, { plannedCopies: copies });
    await ledger.finish(run.id, { outcome: 'failed' });
    expect([await uses.usersOf('nas'), await uses.backupsAt('nas')]).toEqual([['app1', 'app2'], 2]);

    await rename('nas', 'tower');
    expect(await settingOf(labelled)).toBe('tower,cloud:x (override)');
    expect(await settingOf(overridden)).toBe('tower:deep/folder (override)');
    expect(await settingOf(other)).toBe('nas2 (label)');
    expect(await destinationsOfBackups()).toEqual(['tower', 'tower@1AbCdEfGhIjK', 'nas2', 'cloud']);
    expect((await ledger.byId('run'))?.plannedCopies.map(({ destination }) => destination)).toEqual(['tower', 'tower@1AbCdEfGhIjK', 'nas2']);
    // Back again, the label says it by itself.
    await rename('tower', 'nas');
    expect(await settingOf(labelled)).toBe('nas,cloud:x (label)');
    const audited = await db.getRepository(AuditEntry).find();
    expect(audited.map(({ who, before, after }) => `${who}: ${before} > ${after}`).sort()).toEqual([
      'agent: nas,cloud:x > tower,cloud:x', 'agent: nas:deep/folder > tower:deep/folder', 'agent: tower,cloud:x > null', 'agent: tower:deep/folder > nas:deep/folder',
    ]);
  }); // prettier-ignore

  it('follow all or none: an older destination of that name, or a run that sends there, changes nothing', async () => {
    const one = await app({ destinations: 'nas' });
    await backup(one.id, 'nas');
    await backup(one.id, 'tower', 'deleted');
    await expect(rename('nas', 'tower')).rejects.toMatchObject({ code: 'name-taken' });
    const run = await ledger.queue({ id: 'run', appId: one.id, trigger: 'manual' });
    await ledger.begin(run.id);
    await expect(rename('nas', 'other')).rejects.toMatchObject({ code: 'in-use', detail: expect.stringMatching(/^running: app/) });
    expect(await settingOf(one)).toBe('nas (label)');
    expect(await destinationsOfBackups()).toEqual(['nas', 'tower']);
    await ledger.finish(run.id, { outcome: 'failed' });
    uses.add({ usersOf: () => Promise.resolve([]), backupsAt: () => Promise.resolve(0),
      checkRename: () => Promise.resolve(), renamed: () => Promise.reject(new Error('locked')) });
    await expect(rename('nas', 'other')).rejects.toThrow('locked');
    expect(await settingOf(one)).toBe('nas (label)');
    expect(await destinationsOfBackups()).toEqual(['nas', 'tower']);
  }); // prettier-ignore

  it('are reassigned without naming one twice, and an archived app is nobody', async () => {
    const both = await app({ destinations: 'nas,cloud' });
    await app({ destinations: 'nas' }, 'archived');
    expect((await users.of('nas')).map(({ id }) => id)).toEqual([both.id]);
    await db.transaction((tx) => users.replace('nas', 'cloud', tx));
    expect(await settingOf(both)).toBe('cloud (override)');
    expect(await users.of('nas')).toEqual([]);
  });
});
