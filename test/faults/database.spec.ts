import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { dataSourceOptions, MIGRATIONS } from '../../src/db/data-source.js';
import { leave } from '../bed/cleanup.js';
import { onEnd } from '../bed/reaper.js';
import { until } from '../bed/shell.js';
import { assertAll, copiesOf } from './assert-all.js';
import { digestOf, filesBelow } from './files.js';
import { attempt, register, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

const MIB = 1024 * 1024;
const fileOf = (bed: FaultBed): string => join(bed.agent.dataDir, 'orchestrator.sqlite');

/** Another program that keeps the database locked; @returns lets go of it */
async function lock(file: string): Promise<() => Promise<void>> {
  const child = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  await onEnd({ kill: child.pid ?? 0 });
  child.stdin.write(".timeout 5000\nBEGIN EXCLUSIVE;\nSELECT 'locked';\n");
  await once(child.stdout, 'data');
  return async () => {
    const gone = once(child, 'exit');
    child.stdin.end('ROLLBACK;\n.quit\n');
    await gone;
  };
}

describe('the database', () => {
  afterEach(leave, 30_000);

  it('F33: locked by another program in mid-upload: the stream goes on, pages are shown, and all is written down afterwards', async () => {
    const bed = await startFaultBed({ IDLE_TIMEOUT_S: '3' }, { sizeBytes: MIB });
    await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    bed.app.control({ sizeBytes: 24 * MIB, chunkBytes: 256 * 1024, pauseMs: 10 });
    const before = bed.app.sentBytes();
    const running = attempt(bed.agent, bed.appId, 90_000);
    await until('some megabytes', () => (bed.app.sentBytes() - before > 2 * MIB ? true : null));
    const unlock = await lock(fileOf(bed));
    await until('the rest of the export', () => (bed.app.sentBytes() - before >= 24 * MIB ? true : null));
    // Longer than the silence that the agent allows in an export.
    const end = performance.now() + 5000;
    while (performance.now() < end) {
      const asked = performance.now();
      expect((await bed.agent.api('GET', '/api/jobs')).status).toBe(200);
      expect(performance.now() - asked).toBeLessThan(3000);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(await copiesOf(bed.agent)).toHaveLength(1);
    await unlock();
    expect(await running).toMatchObject({ outcome: 'succeeded', size_bytes: 24 * MIB });
    await bed.agent.says('The database is free again');
    const said = bed.agent.log().split('\n').filter((line) => line.includes('locked by another program')); // prettier-ignore
    expect(said).toHaveLength(1);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);

  it('F33: locked when the agent starts: it says so, waits, and goes on as soon as it is free', async () => {
    const bed = await startFaultBed();
    await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    await bed.agent.kill('SIGKILL');
    const unlock = await lock(fileOf(bed));
    const starting = bed.agent.start();
    await bed.agent.says('locked by another program');
    await unlock();
    await starting;
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);

  it('F33: the file that says who is at work is locked when the agent starts: it refuses, and names the file', async () => {
    const bed = await startFaultBed();
    await bed.agent.kill('SIGKILL');
    const unlock = await lock(join(bed.agent.dataDir, 'agent-lease.sqlite'));
    const { code, output } = await bed.agent.refuse();
    expect(code).toBe(1);
    expect(output).toMatch(/agent-lease\.sqlite is locked by another program/);
    expect(output).not.toContain('    at ');
    await unlock();
    await bed.agent.start();
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots);
  }, 120_000);

  const DAMAGES: [what: string, damage: (file: string) => void | Promise<void>][] = [
    ['a page that was overwritten', async (file) => {
      const handle = await open(file, 'r+');
      await handle.write(Buffer.alloc(16_384, 0x5a), 0, 16_384, 4096);
      await handle.close();
    }],
    ['a file that was cut', (file) => truncateSync(file, 20_000)],
    ['a file of 0 bytes', (file) => truncateSync(file, 0)],
    ['a file of something else', (file) => writeFileSync(file, 'this is not a database\n'.repeat(4000))],
    ['a write-ahead log that is gone', (file) => rmSync(`${file}-wal`)],
  ]; // prettier-ignore

  it.each(DAMAGES)(
    'F34: %s: refuses to start, changes nothing, says what to do, and goes on from the copy',
    async (what, damage) => {
      const bed = await startFaultBed();
      await attempt(bed.agent, bed.appId);
      const earlier = await copiesOf(bed.agent);
      const good = join(bed.agent.dataDir, '..', 'good.sqlite');
      const db = new Database(fileOf(bed), { readonly: true });
      db.prepare('VACUUM INTO ?').run(good);
      await bed.agent.kill('SIGKILL');
      db.close();
      if (!what.includes('log'))
        for (const end of ['-wal', '-shm']) rmSync(`${fileOf(bed)}${end}`, { force: true });
      await damage(fileOf(bed));
      const backups = filesBelow(bed.roots['local']!);
      const broken = await digestOf(fileOf(bed));
      for (let tries = what.includes('log') ? 2 : 1; tries > 0; tries -= 1) {
        const { code, output } = await bed.agent.refuse();
        expect(code).toBe(1);
        expect(output).toMatch(/The database \S+orchestrator\.sqlite is damaged: /);
        expect(output).toMatch(/put \S+database-copies\/daily-\S+\.sqlite in its place/);
      }
      expect(await digestOf(fileOf(bed))).toBe(broken);
      expect(filesBelow(bed.roots['local']!)).toEqual(backups);
      // As the message says.
      copyFileSync(good, fileOf(bed));
      for (const name of ['orchestrator.sqlite-wal', 'orchestrator.sqlite-shm', 'agent-lease.sqlite'])
        rmSync(join(bed.agent.dataDir, name), { force: true });
      await bed.agent.start();
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
      await assertAll(bed.agent, bed.roots, earlier);
    },
    120_000,
  );

  it('F34: every day a copy of the database is made, whole and readable', async () => {
    const bed = await startFaultBed();
    const folder = join(bed.agent.dataDir, 'database-copies');
    const [name] = await until('the copy', () => (existsSync(folder) ? readdirSync(folder) : null));
    expect(name).toMatch(/^daily-\d{4}-\d\d-\d\d\.sqlite$/);
    const copy = new Database(join(folder, name!), { readonly: true });
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(copy.prepare('SELECT count(*) FROM migrations').pluck().get()).toBe(MIGRATIONS.length);
    copy.close();
    await assertAll(bed.agent, bed.roots);
  }, 120_000);

  it('F35: kill -9 while the tables are brought up to date: nothing is half done, a copy from before lies there, and the next start works', async () => {
    const bed = await startFaultBed();
    await bed.agent.kill('SIGTERM');
    for (const name of ['orchestrator.sqlite', 'database-copies'])
      rmSync(join(bed.agent.dataDir, name), { recursive: true });
    const [first] = MIGRATIONS;
    const options = {
      ...dataSourceOptions({ dataDir: bed.agent.dataDir, databaseUrl: null }, []),
      migrations: [first!],
    };
    await (await new DataSource(options).initialize()).destroy();
    await bed.agent.refuse({ TEST_CRASH_AT: 'migrating' });
    const tables = (file: string): unknown[] => {
      const db = new Database(file, { readonly: true });
      try {
        return [db.prepare('SELECT name FROM migrations').pluck().all(), db.prepare("SELECT name FROM sqlite_master WHERE name = 'destinations'").pluck().all()];
      } finally {
        db.close();
      }
    }; // prettier-ignore
    expect(tables(fileOf(bed))).toEqual([[first!.name], []]);
    const folder = join(bed.agent.dataDir, 'database-copies');
    const copies = readdirSync(folder);
    expect(copies).toHaveLength(1);
    expect(copies[0]).toMatch(/^before-update-/);
    expect(tables(join(folder, copies[0]!))).toEqual([[first!.name], []]);
    await bed.agent.start();
    const appId = await register(bed.agent, bed.app.url, 'ghost');
    expect(await attempt(bed.agent, appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots);
  }, 120_000);

  it('F35: a database of a newer agent is refused and not touched', async () => {
    const bed = await startFaultBed();
    await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    await bed.agent.kill('SIGTERM');
    const change = (sql: string): void => {
      const db = new Database(fileOf(bed));
      db.exec(sql);
      db.close();
    };
    change("INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')");
    const before = await digestOf(fileOf(bed));
    const { code, output } = await bed.agent.refuse();
    expect(code).toBe(1);
    expect(output).toMatch(/written by a newer version of the agent \(it has FromTheFuture9999999999999\)/);
    expect(await digestOf(fileOf(bed))).toBe(before);
    change("DELETE FROM migrations WHERE name LIKE 'FromTheFuture%'");
    await bed.agent.start();
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);
});
