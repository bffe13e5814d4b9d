import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { atEnd, leave } from '../bed/cleanup.js';
import { onEnd } from '../bed/reaper.js';
import { until } from '../bed/shell.js';
import { webdav } from '../bed/stand-ins/file-servers.js';
import { assertAll, copiesOf } from './assert-all.js';
import { filesBelow } from './files.js';
import type { Copy } from './assert-all.js';
import { fillDisk, freeBytes, mountDisk, tempFolder, unmount } from './disk.js';
import { startDriveBed } from './drive-bed.js';
import { attempt, startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';
import { startSftpBed } from './sftp-bed.js';

const MIB = 1024 * 1024;

describe('a destination without space', () => {
  afterEach(leave);

  it.each([
    ['in the middle of the stream', (): number => 20 * MIB],
    ['once the whole stream is there, at the manifest', (disk: string): number => freeBytes(disk)],
  ])(
    'F17 a local disk that is full %s: the older copies stay, and nothing is left',
    async (_, sizeAt) => {
      const root = join(await tempFolder(), 'disk');
      await mountDisk(root, '8m');
      const bed = await startFaultBed({ LOCAL_BACKUPS_DIR: root }, { sizeBytes: MIB });
      const roots = { local: root };
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
      const earlier = await copiesOf(bed.agent);
      const before = filesBelow(root);
      bed.app.control({ sizeBytes: sizeAt(root) });
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({
        outcome: 'failed',
        error: { code: 'destination-full', message: expect.stringContaining('full') },
        copies: [{ destination: 'local', outcome: 'failed' }],
      });
      expect(filesBelow(root)).toEqual(before);
      await assertAll(bed.agent, roots, earlier);
      bed.app.control({ sizeBytes: MIB });
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
      await assertAll(bed.agent, roots, earlier);
    },
    60_000,
  );

  it('F17 a local disk that is full at the first byte: no empty file stays, and the other destination has its copy', async () => {
    const root = join(await tempFolder(), 'disk');
    await mountDisk(root, '8m');
    const bed = await startFaultBed({ LOCAL_BACKUPS_DIR: root }, { sizeBytes: MIB }, 'local,second');
    const roots = { local: root, second: bed.roots['second']! };
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    const earlier = await copiesOf(bed.agent);
    const before = filesBelow(root);
    const ballast = fillDisk(root, 0);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'partial',
      error: { code: 'destination-full' },
      copies: [{ outcome: 'failed', error: { code: 'destination-full' } }, { outcome: 'stored' }],
    });
    rmSync(ballast);
    expect(filesBelow(root)).toEqual(before);
    await assertAll(bed.agent, roots, earlier);
  }, 60_000);

  /** Two copies, of which the policy would keep the next one only: pruning would make room. */
  async function fillUp(bed: FaultBed): Promise<Copy[]> {
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { retention: 'last=1,min=1' });
    return copiesOf(bed.agent);
  }
  const exportsOf = (bed: FaultBed): number =>
    bed.app.requests().filter(({ path }) => path.startsWith('/backup/export')).length;

  it('F19 a server whose disk is full: one retry, no storm, and no pruning to make room', async () => {
    const bed = await startSftpBed({ sizeBytes: MIB }, { RETRY_DELAYS_S: '1' });
    await mountDisk(bed.files, '8m');
    const earlier = await fillUp(bed);
    bed.app.control({ sizeBytes: 20 * MIB });
    const before = exportsOf(bed);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      attempt: 2,
      error: { code: expect.stringMatching(/^destination-(full|error)$/) },
    });
    expect(exportsOf(bed) - before).toBe(2);
    expect(await copiesOf(bed.agent)).toEqual(earlier);
    await assertAll(bed.agent, bed.roots, earlier);
    await unmount(bed.files);
  }, 60_000);

  it('F19 a Google account that is full: one retry, no storm, and no pruning to make room', async () => {
    const bed = await startDriveBed({ RETRY_DELAYS_S: '1' }, { sizeBytes: 200 * 1024 });
    const earlier = await fillUp(bed);
    const message = "The user's Drive storage quota has been exceeded.";
    bed.drive.faults.push({
      on: /^(POST|PUT) \/upload/,
      times: 1000,
      status: 403,
      reason: 'storageQuotaExceeded',
      message,
    });
    const [before, asked] = [exportsOf(bed), bed.drive.seen.length];
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      attempt: 2,
      error: { code: 'destination-full', message: expect.stringContaining('full') },
    });
    expect(exportsOf(bed) - before).toBe(2);
    expect(bed.drive.seen.length - asked).toBeLessThan(100);
    expect(await copiesOf(bed.agent)).toEqual(earlier);
    await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
  }, 60_000);

  it('F18 the volume for temporary files is full: told as the agent’s own disk, and nothing is left there', async () => {
    const server = await webdav();
    atEnd(() => server.stop());
    await onEnd({ kill: server.pid() });
    const conf = join(await tempFolder(), 'rclone.conf');
    writeFileSync(conf, `[dav]\n${server.remote}\n`);
    const bed = await startFaultBed({ RCLONE_CONFIG: conf }, { sizeBytes: MIB }, 'dav');
    const roots = { dav: join(server.root, 'files') };
    const temp = join(bed.agent.dataDir, 'rclone/tmp');
    await mountDisk(temp, '8m');
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    const earlier = await copiesOf(bed.agent);
    bed.app.control({ sizeBytes: 20 * MIB });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'failed',
      error: { code: 'agent-disk-full', detail: expect.stringContaining(temp) },
    });
    expect(readdirSync(temp)).toEqual([]);
    await assertAll(bed.agent, roots, earlier);
    await bed.agent.kill('SIGKILL');
    await bed.agent.start();
    bed.app.control({ sizeBytes: MIB });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    await assertAll(bed.agent, roots, earlier);
    await unmount(temp);
  }, 60_000);

  it('F18 the volume of the database is full: runs are refused with its name, pages stay, and space heals it', async () => {
    const dataDir = join(await tempFolder(), 'data');
    await mountDisk(dataDir, '32m');
    const bed = await startFaultBed({ DATA_DIR: dataDir }, { sizeBytes: MIB });
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    const earlier = await copiesOf(bed.agent);
    const ballast = fillDisk(dataDir, 0);
    const refused = await until('a refusal', async () => {
      const answer = await bed.agent.api('POST', `/api/apps/${bed.appId}/backups`);
      return answer.status === 202 ? null : answer;
    });
    expect(refused).toMatchObject({ status: 507, body: { error: { code: 'agent-disk-full' } } });
    expect((await fetch(`${bed.agent.url}/login`)).status).toBe(200);
    expect(await copiesOf(bed.agent)).toEqual(expect.arrayContaining(earlier));
    rmSync(ballast);
    await until('a run that works', async () =>
      (await attempt(bed.agent, bed.appId)).outcome === 'succeeded' ? true : null,
    );
    await assertAll(bed.agent, bed.roots, earlier);
  }, 60_000);
});
