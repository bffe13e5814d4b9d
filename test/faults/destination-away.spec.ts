import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { atEnd, leave } from '../bed/cleanup.js';
import { onEnd } from '../bed/reaper.js';
import { run, until } from '../bed/shell.js';
import type { FileServer } from '../bed/stand-ins/file-servers.js';
import { assertAll, copiesOf } from './assert-all.js';
import { filesBelow } from './files.js';
import { mountFolder, tempFolder, unmount } from './disk.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';
import { sshdPids, startSftpBed } from './sftp-bed.js';
import type { SftpBed } from './sftp-bed.js';

type Copies = Awaited<ReturnType<typeof copiesOf>>;
type Job = ReturnType<typeof attempt>;

const MIB = 1024 * 1024;

describe('F20 a disk that is not mounted', () => {
  let bed: FaultBed;
  /** Where the agent looks, and what is mounted there. */
  let root: string;
  let disk: string;
  beforeEach(async () => {
    const folder = await tempFolder();
    [root, disk] = [join(folder, 'mount-point'), join(folder, 'disk')];
    await mountFolder(disk, root);
    bed = await startFaultBed({ LOCAL_BACKUPS_DIR: root }, { sizeBytes: MIB });
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { retention: 'last=1,min=1' });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
  }, 30_000);
  afterEach(leave);

  it('F20: nothing is written below its mount point, nothing is pruned, no row is lost', async () => {
    const earlier = await copiesOf(bed.agent);
    await unmount(root);
    for (const when of ['while it runs', 'after a start']) {
      const job = await attempt(bed.agent, bed.appId);
      expect({ when, ...job }).toMatchObject({
        when,
        outcome: 'failed',
        error: { code: 'destination-changed', message: expect.stringContaining('marker') },
      });
      expect(filesBelow(root)).toEqual([]);
      expect(await copiesOf(bed.agent)).toEqual(earlier);
      await bed.agent.kill('SIGTERM');
      await bed.agent.start();
    }
    await assertAll(bed.agent, { local: disk }, earlier);
    await mountFolder(disk, root);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    await assertAll(bed.agent, { local: root });
    expect(await copiesOf(bed.agent)).toHaveLength(1);
  }, 60_000);

  it('F20: one that goes in mid-upload: the run says so, and what was begun on it is removed when it is back', async () => {
    const earlier = await copiesOf(bed.agent);
    bed.app.control({ sizeBytes: 32 * MIB, pauseMs: 2 });
    const running = attempt(bed.agent, bed.appId);
    await until('some megabytes', () => (bed.app.sentBytes() > 8 * MIB ? true : null));
    await unmount(root);
    expect(await running).toMatchObject({ outcome: 'failed', error: { code: 'destination-changed' } });
    expect(filesBelow(root)).toEqual([]);
    await bed.agent.kill('SIGKILL');
    await bed.agent.start();
    await mountFolder(disk, root);
    bed.app.control({ sizeBytes: MIB, pauseMs: 0 });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, { local: root });
    expect(await copiesOf(bed.agent)).not.toContainEqual(expect.objectContaining({ id: earlier[0]?.id }));
  }, 60_000);
});

describe('F21 an SFTP server that goes in mid-upload', () => {
  afterEach(leave);

  /** @returns the run that is under way, and the server's processes */
  async function inMidUpload(): Promise<{ bed: SftpBed; earlier: Copies; running: Job; pids: number[] }> {
    const bed = await startSftpBed({ sizeBytes: MIB }, { DESTINATION_TIMEOUT_S: '4', IDLE_TIMEOUT_S: '3' });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    const earlier = await copiesOf(bed.agent);
    bed.app.control({ sizeBytes: 64 * MIB, pauseMs: 2 });
    const sentBefore = bed.app.sentBytes();
    const running = attempt(bed.agent, bed.appId);
    await until('some megabytes', () => (bed.app.sentBytes() - sentBefore > 8 * MIB ? true : null));
    return { bed, earlier, running, pids: await sshdPids(bed.server) };
  }

  async function itWorksAgain(bed: SftpBed, earlier: Copies): Promise<void> {
    bed.app.control({ sizeBytes: MIB, pauseMs: 0 });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', error: null });
    await assertAll(bed.agent, bed.roots, earlier);
  }

  it('F21: one that is killed: the run fails, and its partial is removed when the server is back', async () => {
    const { bed, earlier, running, pids } = await inMidUpload();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    expect(await running).toMatchObject({ outcome: 'failed', error: { code: 'destination-unreachable' } });
    expect(filesBelow(bed.files).filter((name) => name.endsWith('.partial'))).toHaveLength(1);
    await bed.server.again();
    await itWorksAgain(bed, earlier);
  }, 60_000);

  it('F21: one that stops moving: the upload is given up while it stands still, and nothing of it is left when it moves', async () => {
    const { bed, earlier, running, pids } = await inMidUpload();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    // Connections that rest time out before the upload's own, which a server that moves again too early lets go on.
    expect(await running).toMatchObject({ outcome: 'failed', error: { code: 'destination-unreachable' } });
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await itWorksAgain(bed, earlier);
  }, 120_000);
});

describe('F22 an SFTP server that does not let the agent in', () => {
  const user = `bo-${randomBytes(4).toString('hex')}`;
  const [right, wrong] = ['canary-password-of-sftp', 'canary-another'];
  beforeAll(async () => {
    atEnd(await onEnd({ command: ['userdel', user] }));
    await run('useradd', ['--no-create-home', '--shell', '/bin/sh', user]);
    await run('chpasswd', [], { input: Buffer.from(`${user}:${right}\n`) });
  });
  afterAll(leave);

  it('F22: wrong password and changed host key are told and not tried again; a refused connection is', async () => {
    const obscured = async (text: string): Promise<string> =>
      (await run('rclone', ['obscure', '-'], { input: Buffer.from(text) })).stdout;
    const [good, bad] = [await obscured(right), await obscured(wrong)];
    const knownHosts = join(await tempFolder(), 'known_hosts');
    const trust = ({ root, port }: FileServer): void =>
      writeFileSync(knownHosts, `[127.0.0.1]:${port} ${readFileSync(join(root, 'host.pub'), 'utf8')}`);
    const bed = await startSftpBed(
      { sizeBytes: MIB },
      { RETRY_DELAYS_S: '1' },
      (server) =>
        `type = sftp\nhost = 127.0.0.1\nport = ${server.port}\nuser = ${user}\npass = ${good}\nknown_hosts_file = ${knownHosts}\n`,
      [`Match User ${user}`, 'PasswordAuthentication yes', 'Match all'],
    );
    const { server, conf } = bed;
    chmodSync(bed.files, 0o777);
    trust(server);
    const expectEnd = async (outcome: string, code: string | null, attempts: number): Promise<void> =>
      expect(await attempt(bed.agent, bed.appId, 120_000)).toMatchObject({
        outcome,
        attempt: attempts,
        error: code === null ? null : { code },
      });
    await expectEnd('succeeded', null, 1);
    const earlier = await copiesOf(bed.agent);
    const text = readFileSync(conf, 'utf8');

    writeFileSync(conf, text.replace(good, bad));
    await expectEnd('failed', 'destination-auth', 1);

    writeFileSync(conf, text);
    for (const pid of await sshdPids(server)) process.kill(pid, 'SIGKILL');
    for (const name of ['host', 'host.pub']) rmSync(join(server.root, name));
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(server.root, 'host')]);
    await server.again();
    await expectEnd('failed', 'destination-host-key', 1);

    trust(server);
    writeFileSync(conf, text);
    await server.halt();
    const running = expectEnd('succeeded', null, 2);
    await until('the refusal', () => (/attempt 2 at/.test(bed.agent.log()) ? true : null), 60_000);
    await server.again();
    await running;
    expect(bed.agent.log()).not.toContain('canary');
    await assertAll(bed.agent, bed.roots, earlier);
  }, 150_000);
});
