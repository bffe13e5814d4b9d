import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { atEnd, leave } from '../bed/cleanup.js';
import { assertAll, copiesOf, finalsBelow } from './assert-all.js';
import { attempt, startFaultBed } from './harness.js';

/** Counts who comes; a proxy that was asked for nothing was not used. */
async function startListener(): Promise<{ url: string; calls: () => number }> {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  atEnd(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

/** The environment of each child of a process. */
function environmentsBelow(pid: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((child) => {
      try {
        return new RegExp(`^PPid:\\s+${pid}$`, 'm').test(readFileSync(`/proc/${child}/status`, 'utf8'));
      } catch {
        return false;
      }
    })
    .map((child) => readFileSync(`/proc/${child}/environ`, 'utf8'));
}

describe('the environment', () => {
  afterEach(leave);

  it('F32: what others left in it changes nothing: no dry run, no other remote, no proxy, no other certificates', async () => {
    const proxy = await startListener();
    const owned = join(tmpdir(), `f32-owned-${process.pid}`);
    const hostile = {
      RCLONE_DRY_RUN: 'true', RCLONE_CONFIG_LOCAL_TYPE: 'memory', RCLONE_CONFIG_X_TYPE: 'sftp', RCLONE_CONFIG_DIR: '/nowhere',
      RCLONE_IMMUTABLE: 'true', RCLONE_MAX_TRANSFER: '1k', RCLONE_BWLIMIT: '1k', RCLONE_IGNORE_CHECKSUM: 'true', RCLONE_RC_NO_AUTH: 'true', RCLONE_RC_ADDR: ':5572',
      RCLONE_PASSWORD_COMMAND: `touch ${owned}`, RCLONE_LOG_FILE: '/dev/full', RCLONE_TEMP_DIR: '/nowhere', RCLONE_BACKUP_DIR: '/nowhere',
      HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, http_proxy: proxy.url, https_proxy: proxy.url, ALL_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1',
      AWS_CA_BUNDLE: '/nowhere', SSL_CERT_FILE: '/nowhere', SSL_CERT_DIR: '/nowhere', AWS_ACCESS_KEY_ID: 'canary-key', AWS_SECRET_ACCESS_KEY: 'canary-secret',
      GODEBUG: 'netdns=cgo', GOMEMLIMIT: '1', TMPDIR: '/nowhere', XDG_CONFIG_HOME: '/nowhere', LD_LIBRARY_PATH: '/nowhere', PGHOST: 'evil.example', NODE_ENV: 'development',
    }; // prettier-ignore
    const bed = await startFaultBed(hostile, {}, 'local,second');
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'succeeded',
      sha256: bed.app.sha256(),
    });
    const earlier = await copiesOf(bed.agent);
    expect(earlier).toHaveLength(2);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    expect(finalsBelow(bed.roots['local']!)).toHaveLength(2);
    expect(existsSync(owned)).toBe(false);
    expect(proxy.calls()).toBe(0);
    const environments = environmentsBelow(bed.agent.pid());
    expect(environments.length).toBeGreaterThan(0);
    for (const environment of environments) {
      const names = environment.split('\0').map((line) => line.split('=')[0]);
      expect(names.filter((name) => name !== undefined && name in hostile && name !== 'TMPDIR')).toEqual([]);
      expect(environment).not.toContain('canary');
    }
    await assertAll(bed.agent, bed.roots, earlier);
  }, 60_000);
});
