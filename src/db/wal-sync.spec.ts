import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.js';
import { shared, syncAfterWrites, syncFile } from './wal-sync.js';

/** A disk that is as slow as the spec wants. */
class SlowDisk {
  calls = 0;
  isSlow = false;
  private open: (() => void)[] = [];
  private failure: Error | null = null;
  readonly sync = (): Promise<void> => {
    this.calls += 1;
    if (!this.isSlow) return Promise.resolve();
    return new Promise((resolve, reject) =>
      this.open.push(() => (this.failure === null ? resolve() : reject(this.failure))),
    );
  };

  turn(failure: Error | null = null): void {
    this.failure = failure;
    this.open.splice(0).forEach((go) => go());
  }
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await aMoment();
  return settled;
}

describe('writes to SQLite', () => {
  let folder: string;
  let db: DataSource;
  let disk: SlowDisk;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bo-wal-'));
    disk = new SlowDisk();
    const options = dataSourceOptions({ dataDir: folder, databaseUrl: null }, []);
    db = await new DataSource({ ...options, subscribers: [syncAfterWrites(disk.sync)] }).initialize();
    await db.query('CREATE TABLE notes (text TEXT)');
    Object.assign(disk, { calls: 0, isSlow: true });
  });
  afterEach(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
  const note = (): Promise<unknown> => db.query('INSERT INTO notes VALUES (?)', ['x']);

  it('have ended when the disk has them, and reading waits for nothing', async () => {
    const write = note();
    expect(await isSettled(write)).toBe(false);
    expect(await db.query('SELECT * FROM notes')).toHaveLength(1);
    disk.turn();
    await write;
    expect(disk.calls).toBe(1);
  });

  it('of a transaction wait once, at its end', async () => {
    const both = db.transaction(async (tx) => {
      await tx.query('INSERT INTO notes VALUES (1)');
      await tx.query('INSERT INTO notes VALUES (2)');
    });
    expect(await isSettled(both)).toBe(false);
    expect(disk.calls).toBe(1);
    // Another transaction may begin and end while this one waits for the disk.
    const other = db.transaction((tx) => tx.query('INSERT INTO notes VALUES (3)'));
    await aMoment();
    disk.turn();
    await both;
    await aMoment();
    disk.turn();
    await other;
    expect(await db.query('SELECT * FROM notes')).toHaveLength(3);
  });

  it('that come together share a wait, and never one that began before them', async () => {
    const first = note();
    await aMoment();
    const others = Promise.all([note(), note(), note()]);
    await aMoment();
    expect(disk.calls).toBe(1);
    disk.turn();
    await first;
    expect(await isSettled(others)).toBe(false);
    expect(disk.calls).toBe(2);
    disk.turn();
    await others;
  });

  it('fail when the disk fails, and the next one is tried again', async () => {
    const lost = note();
    const told = expect(lost).rejects.toThrow('EIO');
    await aMoment();
    disk.turn(new Error('EIO'));
    await told;
    const write = note();
    await aMoment();
    disk.turn();
    await write;
  });
});

describe('the parts', () => {
  it('a log that is not there needs no sync, any other trouble is told', async () => {
    await syncFile('/nonexistent-folder/orchestrator.sqlite-wal');
    await expect(syncFile('/proc/self/mem/x')).rejects.toThrow('ENOTDIR');
  });

  it('an error reaches all who share it', async () => {
    const fail = shared(() => Promise.reject(new Error('EIO')));
    const results = await Promise.allSettled([fail(), fail(), fail()]);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('the agent’s own database syncs its log after each write, and SQLite does not stop for it', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'bo-wal-'));
    const db = await new DataSource(dataSourceOptions({ dataDir, databaseUrl: null }, [])).initialize();
    try {
      expect(await db.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
      expect(await db.query('PRAGMA synchronous')).toEqual([{ synchronous: 1 }]);
      expect(db.subscribers).toHaveLength(1);
    } finally {
      await db.destroy();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
