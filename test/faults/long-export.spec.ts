import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { onEnd } from '../bed/reaper.js';
import { run } from '../bed/shell.js';
import { loadConfig } from '../../src/config/load-config.js';
import { assertAll, copiesOf } from './assert-all.js';
import { attempt, startFaultBed } from './harness.js';
import { startSftpBed } from './sftp-bed.js';

const HOUR_S = 3600;
/** An hour of rclone's daemon is three seconds here. */
const SCALE = HOUR_S / 3;
const FLAGS = ['--rc-server-read-timeout', '--rc-server-write-timeout'];

/** An rclone whose hours are shorter. @param kept whether the agent's own limits reach it, or rclone's default counts */
async function scaledRclone(kept: boolean): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-rclone-'));
  await onEnd({ remove: folder });
  const file = join(folder, 'rclone');
  const { stdout: real } = await run('which', ['rclone']);
  const seconds = kept ? `$((\${arg%h} * ${HOUR_S / SCALE}))` : String(HOUR_S / SCALE);
  writeFileSync(
    file,
    `#!/bin/sh
before=
for arg do
  shift
  next=$arg
  case "$before" in ${FLAGS.join('|')}) next="${seconds}s" ;; esac
  set -- "$@" "$next"
  before=$arg
done
exec ${real} "$@"
`,
  );
  chmodSync(file, 0o755);
  return file;
}

async function daemonArgumentsOf(agentPid: number): Promise<string[]> {
  const { stdout } = await run('pgrep', ['-P', String(agentPid), '-f', 'rclone rcd']);
  return readFileSync(`/proc/${stdout.split('\n')[0]}/cmdline`, 'utf8').split('\0');
}

describe('an export that takes longer than an hour', () => {
  afterEach(leave, 30_000);
  /** Two and a half of those hours. */
  const SLOW = { sizeBytes: 75 * 65_536, chunkBytes: 65_536, pauseMs: 100 };

  it('ends well, with the hours of rclone scaled down', async () => {
    const bed = await startSftpBed({}, { RCLONE_BINARY: await scaledRclone(true), IDLE_TIMEOUT_S: '30' });
    await attempt(bed.agent, bed.appId);
    const earlier = await copiesOf(bed.agent);
    bed.app.control(SLOW);
    const began = performance.now();
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', attempt: 1 });
    expect((performance.now() - began) / 1000).toBeGreaterThan((2 * HOUR_S) / SCALE);
    await assertAll(bed.agent, bed.roots, earlier);
  }, 120_000);

  it('would be cut by rclone’s own hour: the scaled one does cut', async () => {
    const bed = await startSftpBed({}, { RCLONE_BINARY: await scaledRclone(false), IDLE_TIMEOUT_S: '30' });
    bed.app.control(SLOW);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'failed' });
    bed.app.control({ pauseMs: 0 });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots);
  }, 120_000);

  it('is allowed by the flags of the daemon that really runs, for as long as any run may take', async () => {
    const bed = await startFaultBed();
    const args = await daemonArgumentsOf(bed.agent.pid());
    const keys = { APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'a-long-enough-pass' };
    const longestHours =
      loadConfig({ ...keys, REQUEST_TIMEOUT_S: String(30 * 86_400) }).requestTimeoutMs / 3_600_000;
    for (const flag of FLAGS) expect(args[args.indexOf(flag) + 1]).toBe(`${longestHours}h`);
    expect(loadConfig(keys).requestTimeoutMs).toBeGreaterThan(HOUR_S * 1000);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, bed.roots);
  }, 120_000);
});
