import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { AuditEntry } from '../apps/audit-entry.entity.js';
import { dataSourceOptions } from './data-source.js';
import { guardQueries, waitWithoutBlocking } from './guard-queries.js';
import { databaseFile } from './sqlite-files.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('writes that come together', () => {
  let folder: string;
  let db: DataSource;
  let allowed: boolean;
  /** Another connection: it sees only what is committed. */
  let other: Database.Database;

  beforeEach(async () => {
    allowed = true;
    folder = mkdtempSync(join(tmpdir(), 'bo-group-'));
    const options = dataSourceOptions({ dataDir: folder, databaseUrl: null }, [AuditEntry]);
    db = await new DataSource(options).initialize();
    guardQueries(
      db,
      { confirm: () => (allowed ? Promise.resolve() : Promise.reject(new Error('another agent has it'))) },
      () => undefined,
    );
    await waitWithoutBlocking(db);
    other = new Database(databaseFile(folder), { timeout: 1000 });
  });
  afterEach(async () => {
    other.close();
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const entry = (id: string): AuditEntry =>
    db.getRepository(AuditEntry).create({ id, at: new Date(0), who: 'admin', action: 'app-added', subject: 'y', before: null, after: null }); // prettier-ignore
  const insert = (id: string): Promise<unknown> => db.getRepository(AuditEntry).insert(entry(id));
  const committed = (): string[] =>
    other
      .prepare<[], { id: string }>('SELECT id FROM audit_log ORDER BY id')
      .all()
      .map(({ id }) => id);
  const commits = (): number => Number(other.pragma('data_version', { simple: true }));

  it('share commits, and none is told of before it is committed', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    let seen = commits();
    let changes = 0;
    await Promise.all(
      ids.map(async (id) => {
        await insert(id);
        expect(committed()).toContain(id);
        if (commits() !== seen) changes += 1;
        seen = commits();
      }),
    );
    expect(committed()).toEqual(ids);
    expect(changes).toBeLessThanOrEqual(3);
  });

  it('one that is refused takes nothing of the others with it', async () => {
    await insert('there');
    const results = await Promise.allSettled([
      insert('a'),
      insert('there'),
      db.transaction(async (tx) => {
        await tx.insert(AuditEntry, entry('half'));
        throw new Error('changed my mind');
      }),
      db.transaction(async (tx) => {
        await tx.insert(AuditEntry, entry('b'));
        await tx.getRepository(AuditEntry).save(entry('c'));
      }),
      db.getRepository(AuditEntry).save(entry('d')),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(committed()).toEqual(['a', 'b', 'c', 'd', 'there']);
  });

  it('what is asked in a transaction belongs to it, through whichever manager, until it ends', async () => {
    const repository = db.getRepository(AuditEntry);
    let late: Promise<unknown> = Promise.resolve();
    const taken = db.transaction(async (tx) => {
      await tx.insert(AuditEntry, entry('a'));
      expect(await repository.countBy({ id: 'a' })).toBe(1);
      await insert('b');
      await repository.save(entry('c'));
      await db.transaction((inner) => inner.insert(AuditEntry, entry('d')));
      expect(await repository.count()).toBe(4);
      late = pause(20).then(() => insert('late'));
      throw new Error('changed my mind');
    });
    await expect(taken).rejects.toThrow('changed my mind');
    const long = db.transaction(async (tx) => {
      await tx.insert(AuditEntry, entry('e'));
      await pause(60);
      throw new Error('me too');
    });
    await expect(long).rejects.toThrow('me too');
    await late;
    expect(committed()).toEqual(['late']);
  });

  it('that meet a full disk are refused, all of those that are not stored, and those after it are stored', async () => {
    const pages = Number(other.pragma('page_count', { simple: true }));
    await db.query(`PRAGMA max_page_count = ${pages + 8}`);
    const big = (id: string): Promise<unknown> =>
      db.getRepository(AuditEntry).insert(Object.assign(entry(id), { after: 'x'.repeat(10_000) }));
    const ids = Array.from({ length: 12 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    const results = await Promise.allSettled(ids.map(big));
    const stored = ids.filter((_id, index) => results[index]?.status === 'fulfilled');
    expect(committed()).toEqual(stored);
    expect(stored.length).toBeLessThan(ids.length);
    await db.query(`PRAGMA max_page_count = ${pages + 1000}`);
    await Promise.all([insert('x'), db.transaction((tx) => tx.insert(AuditEntry, entry('y')))]);
    expect(committed()).toEqual([...stored, 'x', 'y']);
  });

  it('are refused, and let go of the database, when another agent takes over before the commit', async () => {
    const writing = insert('late').catch((error: unknown) => String(error));
    while (!isWriting()) await Promise.resolve();
    allowed = false;
    expect(await writing).toContain('another agent has it');
    expect(committed()).toEqual([]);
    other.exec('BEGIN IMMEDIATE');
    other.exec('ROLLBACK');
    allowed = true;
  });

  it('are all there when the database is closed', async () => {
    const writing = insert('last');
    await Promise.resolve();
    await db.destroy();
    await writing;
    expect(committed()).toEqual(['last']);
    await db.initialize();
  });

  it('a statement that can’t be within a transaction waits for the group', async () => {
    const copy = join(folder, 'copy.sqlite');
    await Promise.all([insert('a'), db.query('VACUUM INTO ?', [copy]), insert('b')]);
    expect(committed()).toEqual(['a', 'b']);
  });

  it('any mixture: what was told of is there at that moment, what was refused never is', async () => {
    const step = fc.record({
      kind: fc.constantFrom('insert', 'again', 'transaction', 'broken', 'nested', 'read'),
      waitMs: fc.integer({ min: 0, max: 3 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        round += 1;
        const refused: string[] = [];
        await Promise.all(
          steps.map(async ({ kind, waitMs }, index) => {
            const id = `r${round}-${index}`;
            if (waitMs > 0) await pause(waitMs);
            const told = await doIt(kind, id).then(
              () => true,
              () => false,
            );
            if (kind === 'read') return;
            expect(told).toBe(kind !== 'broken' && kind !== 'again');
            if (told) expect(committed()).toContain(id);
            else refused.push(id);
          }),
        );
        expect(committed().filter((id) => refused.includes(id))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  /** Whether somebody holds the lock for writing. */
  function isWriting(): boolean {
    try {
      other.pragma('busy_timeout = 0');
      other.exec('BEGIN IMMEDIATE');
      other.exec('ROLLBACK');
      return false;
    } catch {
      return true;
    }
  }

  async function doIt(kind: string, id: string): Promise<unknown> {
    if (kind === 'read') return db.getRepository(AuditEntry).countBy({ id });
    if (kind === 'insert') return insert(id);
    return db.transaction(async (tx) => {
      if (kind === 'again') {
        await tx.insert(AuditEntry, entry(`${id}-lost`));
        await tx.insert(AuditEntry, entry(`${id}-lost`));
      }
      await tx.insert(AuditEntry, entry(id));
      if (kind === 'nested')
        await tx
          .transaction(async (inner) => {
            await inner.insert(AuditEntry, entry(`${id}-inner`));
            throw new Error('only this part');
          })
          .catch(() => undefined);
      await pause(1);
      if (kind === 'broken') throw new Error('broken');
    });
  }
});
