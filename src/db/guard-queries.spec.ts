import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { AuditEntry } from '../apps/audit-entry.entity.js';
import { dataSourceOptions } from './data-source.js';
import { guardQueries, waitWithoutBlocking } from './guard-queries.js';
import { databaseFile } from './sqlite-files.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('guardQueries', () => {
  let folder: string;
  let db: DataSource;
  let allowed: boolean;

  beforeEach(async () => {
    allowed = true;
    folder = mkdtempSync(join(tmpdir(), 'bo-guard-'));
    db = await new DataSource(
      dataSourceOptions({ dataDir: folder, databaseUrl: null }, [AuditEntry]),
    ).initialize();
    guardQueries(
      db,
      { confirm: () => (allowed ? Promise.resolve() : Promise.reject(new Error('another agent has it'))) },
      () => undefined,
    );
    await waitWithoutBlocking(db);
  });
  afterEach(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const entry = (id: string): AuditEntry =>
    db.getRepository(AuditEntry).create({ id, at: new Date(0), who: 'admin', action: 'app-added', subject: 'y', before: null, after: null }); // prettier-ignore
  const ids = async (): Promise<string[]> =>
    (await db.getRepository(AuditEntry).find()).map(({ id }) => id).sort();

  it('a transaction that is rolled back takes nothing of others with it', async () => {
    const failing = db.transaction(async (tx) => {
      await tx.save(entry('lost'));
      await pause(30);
      throw new Error('no');
    });
    failing.catch(() => undefined);
    await pause(5);
    await Promise.all([
      db.getRepository(AuditEntry).save(entry('kept')),
      db.transaction((tx) => tx.save(entry('too'))),
    ]);
    await expect(failing).rejects.toThrow('no');
    expect(await ids()).toEqual(['kept', 'too']);
  });

  it('waits for a lock of another program, in order, while reading and everything else goes on', async () => {
    const other = new Database(databaseFile(folder));
    other.exec('BEGIN EXCLUSIVE');
    const done: string[] = [];
    const save = (id: string): Promise<unknown> =>
      db
        .getRepository(AuditEntry)
        .save(entry(id))
        .then(() => done.push(id));
    const writes = (async () => {
      await save('1');
      await db.transaction((tx) => tx.save(entry('2')));
      await db.getRepository(AuditEntry).update({ id: '1' }, { who: 'later' });
    })();
    let longest = 0;
    for (let at = performance.now(), end = at + 1000; at < end;) {
      await pause(10);
      longest = Math.max(longest, performance.now() - at);
      at = performance.now();
    }
    expect(await ids()).toEqual([]);
    expect(longest).toBeLessThan(900);
    other.exec('ROLLBACK');
    other.close();
    await writes;
    expect(await ids()).toEqual(['1', '2']);
  });

  it('lets nothing pass once another agent has taken over', async () => {
    allowed = false;
    await expect(ids()).rejects.toThrow('another agent has it');
    await expect(db.getRepository(AuditEntry).save(entry('1'))).rejects.toThrow('another agent has it');
    allowed = true;
    expect(await ids()).toEqual([]);
  });
});
