import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { loadConfig } from '../config/load-config.js';
import { FixedClock } from '../core/clock.js';
import { SecretsBox } from '../core/secrets-box.js';
import { dataSourceOptions } from '../db/data-source.js';
import { AuditEntry } from './audit-entry.entity.js';
import { SecretKeeper } from './secret-keeper.js';
import { maySend, ownerName } from './secret-owner.js';
import type { SecretOwner } from './secret-owner.js';
import { Secret, SecretGrant } from './secret.entity.js';

const VALUE = 'canary-kept-secret-77';
const owner = (project: string | null, service: string | null, containerName = 'c'): SecretOwner => ({
  project,
  service,
  containerName,
});

describe('who may be sent a secret', () => {
  const name = fc.constantFrom('ghost', 'my_app', 'my-app', 'GHOST', 'db', 'other');
  const anyOwner = fc.record({
    project: fc.option(name),
    service: fc.option(name),
    containerName: fc.option(name),
  });

  it('is its own project or service, and who was granted exactly that pair; nobody else', () => {
    const plain = (text: string | null): string | undefined => text?.toLowerCase().replaceAll('_', '-');
    fc.assert(
      fc.property(anyOwner, anyOwner, name, name, (asking, granted, secret, grantedSecret) => {
        const grants = [{ secret: grantedSecret, owner: ownerName(granted) }];
        const own = [plain(asking.project), plain(asking.service)].includes(plain(secret));
        const allowed = secret === grantedSecret && ownerName(asking) === ownerName(granted);
        expect(maySend(asking, secret, grants)).toBe(own || allowed);
      }),
      { numRuns: 2000 },
    );
  });

  it('tells a container from a service of the same name', () => {
    expect(ownerName(owner(null, null, 'web'))).not.toBe(ownerName(owner(null, 'web')));
    expect(ownerName(owner('a', 'web'))).toBe('a/web');
  });
});

describe('the keeper of secrets', () => {
  let dir: string;
  let db: DataSource;
  let keeper: SecretKeeper;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'secrets-'));
    mkdirSync(join(dir, 'given'));
    writeFileSync(join(dir, 'given', 'from-file'), 'file-value-canary\n');
    const config = loadConfig({
      APP_SECRET_KEY: 'k'.repeat(40),
      APP_ADMIN_PASS: 'a-long-enough-pass',
      DATA_DIR: dir,
      SECRETS_DIR: join(dir, 'given'),
      BACKUP_TOKEN_MY_APP: 'env-value-canary',
    });
    db = await new DataSource(dataSourceOptions(config, [AuditEntry, Secret, SecretGrant])).initialize();
    const clock = new FixedClock(new Date('2026-11-24T12:00:00Z'));
    keeper = new SecretKeeper(db, config, clock, new SecretsBox(config.appSecretKey));
  });
  afterAll(async () => {
    await db.destroy();
    rmSync(dir, { recursive: true, force: true });
  });

  it('finds what the environment and files offer, also under a name with dashes', async () => {
    expect([...(await keeper.places()).keys()]).toEqual(['from-file', 'my_app']);
    expect(await keeper.valueOf('from-file')).toBe('file-value-canary');
    expect(await keeper.valueOf('my-app')).toBe('env-value-canary');
    expect(await keeper.valueOf('../from-file')).toBeNull();
  });

  it('keeps a value sealed, gives it back, and lets it win over the environment', async () => {
    await keeper.put('my_app', VALUE, 'admin');
    expect(await keeper.valueOf('my_app')).toBe(VALUE);
    const rows = JSON.stringify([
      await db.getRepository(Secret).find(),
      await db.getRepository(AuditEntry).find(),
    ]);
    expect(rows).not.toContain(VALUE);
    expect(await keeper.remove('my_app', 'admin')).toBe(true);
    expect(await keeper.valueOf('my_app')).toBe('env-value-canary');
    expect(await keeper.remove('my_app', 'admin')).toBe(false);
  });

  it('does not open a value that was moved to another name', async () => {
    await keeper.put('one', VALUE, 'admin');
    const { sealedValue } = await db.getRepository(Secret).findOneByOrFail({ name: 'one' });
    await keeper.put('two', 'x', 'admin');
    await db.getRepository(Secret).update({ name: 'two' }, { sealedValue });
    await expect(keeper.valueOf('two')).rejects.toThrow();
  });

  it('judges: missing, not allowed, allowed by a grant, and no more once that is withdrawn', async () => {
    const asking = owner('shop', 'web');
    expect((await keeper.judge())(asking, 'shop')).toBe('missing');
    expect((await keeper.judge())(asking, 'one')).toBe('not-allowed');
    await keeper.grant(asking, 'one', 'admin');
    await keeper.grant(asking, 'one', 'admin');
    expect((await keeper.judge())(asking, 'one')).toBe('ok');
    expect(await keeper.maySend(asking, 'one')).toBe(true);
    expect(await keeper.maySend(owner('shop', 'other'), 'one')).toBe(false);
    expect(await keeper.withdraw('shop/web', 'one', 'admin')).toBe(true);
    expect(await keeper.withdraw('shop/web', 'one', 'admin')).toBe(false);
    expect(await keeper.maySend(asking, 'one')).toBe(false);
    const actions = (await db.getRepository(AuditEntry).find()).map(({ action }) => action);
    expect(actions.filter((action) => action === 'secret-granted')).toHaveLength(1);
  });

  it('a removed secret takes its grants with it: the next one of that name starts without any', async () => {
    await keeper.grant(owner('shop', 'web'), 'one', 'admin');
    await keeper.remove('one', 'admin');
    await keeper.put('one', 'another', 'admin');
    expect((await keeper.judge())(owner('shop', 'web'), 'one')).toBe('not-allowed');
  });
});
