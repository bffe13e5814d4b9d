import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { leave } from '../bed/cleanup.js';
import { backUp, startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { until } from '../bed/shell.js';
import { filesBelow } from './files.js';
import { assertAll, copiesOf, finalsBelow } from './assert-all.js';
import { attempt, register, startFaultBed } from './harness.js';

const MIB = 1024 * 1024;
/** Short enough for a test, long enough for a busy machine. */
const LEASE = { TEST_LEASE_MS: '3000' };

/** Stops it where it stands, but not while it writes: SQLite's lock would stay with it, and nobody could follow. */
async function freeze(agent: Agent): Promise<void> {
  await until('a moment in which it writes nothing', async () => {
    process.kill(agent.pid(), 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (['orchestrator.sqlite', 'agent-lease.sqlite'].every((name) => isFree(join(agent.dataDir, name))))
      return true;
    process.kill(agent.pid(), 'SIGCONT');
    return null;
  });
}

function isFree(file: string): boolean {
  const db = new Database(file, { timeout: 0 });
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch {
    return false;
  } finally {
    db.close();
  }
}

describe('two agents', () => {
  afterEach(leave, 30_000);

  it('F36: on one database: the second refuses to start and says so, the first one goes on', async () => {
    const bed = await startFaultBed(LEASE);
    await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    const { code, output } = await bed.agent.refuse({ APP_PORT: '0' });
    expect(code).toBe(1);
    expect(output).toMatch(/Another agent \(process \d+\) is at work with this database/);
    expect(output).toContain('DATA_DIR');
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);

  it('F36: after a kill -9 the next agent need not wait for the lease', async () => {
    const bed = await startFaultBed({ TEST_LEASE_MS: '600000' });
    await bed.agent.kill('SIGKILL');
    await bed.agent.start();
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots);
  }, 120_000);

  it('F36: with a database each and one folder at a destination: the second writes and deletes nothing there, and says whose it is', async () => {
    const bed = await startFaultBed();
    await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    const files = filesBelow(bed.roots['local']!);
    const second = await startAgent({ LOCAL_BACKUPS_DIR: bed.roots['local']!, RETRY_DELAYS_S: 'none' });
    const appId = await register(second, bed.app.url, 'ghost');
    expect(await backUp(second, appId)).toMatchObject({
      outcome: 'failed',
      error: { code: 'destination-owned', message: expect.stringContaining('belongs to another agent') },
    });
    await second.says('The folder at the destination belongs to another agent');
    expect(bed.app.requests().filter(({ path }) => path.includes('export'))).toHaveLength(1);
    expect(filesBelow(bed.roots['local']!).filter((name) => name.startsWith('ghost/'))).toEqual(
      files.filter((name) => name.startsWith('ghost/')),
    );
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, { local: bed.roots['local']! }, earlier);
    await second.stop();
  }, 120_000);

  it('F5: one that stood still for longer than the lease writes nothing more after another took over, and ends', async () => {
    const bed = await startFaultBed(LEASE, { sizeBytes: 64 * MIB, pauseMs: 2 });
    await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`);
    await until('some megabytes', () => (bed.app.sentBytes() > 8 * MIB ? true : null));
    const stopped = bed.agent.pid();
    await freeze(bed.agent);
    bed.app.control({ pauseMs: 0 });
    const { agent } = bed;
    const second = await startAgent({
      ...LEASE, DATA_DIR: agent.dataDir, LOCAL_BACKUPS_DIR: bed.roots['local']!, RETRY_DELAYS_S: 'none',
      APP_SECRET_KEY: agent.secretKey, IDLE_TIMEOUT_S: '2',
    }); // prettier-ignore
    const outcomes = async (): Promise<unknown[]> =>
      ((await second.api('GET', '/api/jobs')).body.items as { trigger: string; outcome: string }[]).map(
        ({ trigger, outcome }) => [trigger, outcome],
      );
    const decided = [['retry', 'succeeded'], ['api', 'interrupted']]; // prettier-ignore
    await until('the end of what was interrupted', async () =>
      JSON.stringify(await outcomes()) === JSON.stringify(decided) ? true : null,
    );
    const before = await copiesOf(second);
    const files = finalsBelow(bed.roots['local']!);
    const gone = agent.ended();
    process.kill(stopped, 'SIGCONT');
    expect(await gone).toBe(1);
    await agent.says('Another agent has taken over the database');
    expect(await outcomes()).toEqual(decided);
    expect(await copiesOf(second)).toEqual(before);
    expect(finalsBelow(bed.roots['local']!)).toEqual(files);
    expect(await backUp(second, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(second, { local: bed.roots['local']! }, before);
  }, 120_000);
});
