import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jobEnd } from '../../bed/agent.js';
import { leave } from '../../bed/cleanup.js';
import { run, until } from '../../bed/shell.js';
import { DriveStandIn } from '../../bed/stand-ins/drive.js';
import { sshd, webdav } from '../../bed/stand-ins/file-servers.js';
import type { FileServer } from '../../bed/stand-ins/file-servers.js';
import { S3StandIn } from '../../bed/stand-ins/s3.js';
import { filesBelow } from '../../faults/files.js';
import { startRest } from './rest-bed.js';
import type { RestBed } from './rest-bed.js';

const MIB = 1024 * 1024;
const DAV_PASS = 'canary-password-of-webdav';
const S3_KEYS = { accessKey: 'access-key-of-the-bed', secretKey: 'canary-secret-key-of-s3' };
const DRIVE_SECRET = 'canary-client-secret';
const WRONG = 'canary-wrong-password';
const KINDS = ['usb', 'nas', 'cloud', 'store', 'gdrive'];

/** Command lines of everything that runs, without the bed's own WebDAV server, which has its password there. */
const argumentLists = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => !line.includes('serve webdav'))
    .join('\n');

describe('every kind of destination, made by REST', () => {
  let servers: { nas: FileServer; cloud: FileServer; s3: S3StandIn; drive: DriveStandIn };
  let bed: RestBed;
  let app: string;
  let answers = '';
  let seenArguments = '';

  beforeAll(async () => {
    servers = {
      nas: await sshd(),
      cloud: await webdav({ user: 'ana', pass: DAV_PASS }),
      s3: await S3StandIn.start(S3_KEYS),
      drive: await DriveStandIn.start(),
    };
    bed = await startRest({ ...servers.drive.environment, LOG_LEVEL: 'verbose' });
  }, 60_000);
  afterAll(async () => {
    await leave();
    for (const server of Object.values(servers)) await server.stop();
  }, 60_000);

  const bodies = async (): Promise<Record<string, unknown>[]> => {
    const { nas, cloud, s3, drive } = servers;
    const keys = await bed.ask('HostKeyList', 200, 'POST', '/api/destinations/host-key', { host: '127.0.0.1', port: nas.port });
    const shown = (await run('ssh-keygen', ['-lf', join(nas.root, 'host.pub')])).stdout.split(' ')[1];
    expect(keys.items.map(({ fingerprint }) => fingerprint)).toEqual([shown]);
    mkdirSync(join(cloud.root, 'files', 'backups'), { recursive: true });
    return [
      bed.local('usb'),
      {
        name: 'nas', type: 'sftp', folder: `${nas.root}/files/backups`, host_keys: keys.items.map(({ line }) => line),
        options: { host: '127.0.0.1', port: nas.port, user: userInfo().username, key_pem: readFileSync(join(nas.root, 'client'), 'utf8') },
      },
      { name: 'cloud', type: 'webdav', folder: 'backups', options: { url: `http://127.0.0.1:${cloud.port}`, vendor: 'other', user: 'ana', pass: DAV_PASS } },
      { name: 'store', type: 's3', folder: 'backups/agent', options: { provider: 'Other', endpoint: s3.endpoint, region: 'eu-west-1', access_key_id: S3_KEYS.accessKey, secret_access_key: S3_KEYS.secretKey } },
      { name: 'gdrive', type: 'drive', folder: 'Backups', options: { client_id: 'an-id', client_secret: DRIVE_SECRET, token: drive.token(), scope: 'drive', pacer_min_sleep: '1ms' } },
    ];
  }; // prettier-ignore

  /** Objects at each, seen without the agent, without our marks. */
  const lying = (): Record<string, string[]> => {
    const { nas, cloud, s3, drive } = servers;
    const plain = (names: string[]): string[] => names.filter((name) => !name.includes('.backup-orchestrator'));
    const files = [...drive.files.all.values()].filter((file) => !file.trashed && file.mimeType === 'application/octet-stream');
    return {
      usb: plain(filesBelow(join(bed.disks, 'usb'))), nas: plain(filesBelow(join(nas.root, 'files', 'backups'))), cloud: plain(filesBelow(join(cloud.root, 'files', 'backups'))),
      store: plain([...s3.objects.keys()]), gdrive: plain(files.map(({ name }) => name)),
    };
  }; // prettier-ignore

  it('is tried, saved, well, and takes one verified backup; a wrong password is told and saves nothing', async () => {
    for (const body of await bodies()) {
      const made = await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', body);
      expect(made).toMatchObject({ destination: { name: body['name'], state: 'ok', error: null }, encryption: null });
      answers += JSON.stringify(made);
    }
    for (const [name, options] of [['cloud', { pass: WRONG }], ['store', { secret_access_key: WRONG }]] as const) {
      const body = (await bodies()).find((one) => one['name'] === name)!;
      const refused = await bed.ask('Error', 502, 'POST', '/api/destinations', { ...body, name: `${name}2`, options: { ...(body['options'] as object), ...options } });
      const changed = await bed.ask('Error', 502, 'PATCH', `/api/destinations/${name}`, { options });
      expect([refused.error.code, changed.error.code]).toEqual(['destination-auth', 'destination-auth']);
      answers += JSON.stringify([refused, changed]);
    }
    expect((await bed.names()).filter((name) => name !== 'local').sort()).toEqual([...KINDS].sort());
    app = await bed.app('wiki', KINDS.join(','));
    const watching = setInterval(() => (seenArguments += argumentLists()), 15);
    const job = await bed.backUp(app);
    clearInterval(watching);
    expect(job).toMatchObject({ outcome: 'succeeded', error: null });
    expect(job.backups.map((copy: { destination: string; state: string }) => `${copy.destination} ${copy.state}`)).toEqual([...KINDS].sort().map((name) => `${name} verified`));
    for (const copy of job.backups as { id: string }[]) expect((await bed.agent.api('GET', `/api/backups/${copy.id}/download`)).status).toBe(200);
  }, 90_000); // prettier-ignore

  it('keeps its secrets out of answers, log, database, command lines and the list of changes', async () => {
    for (const path of ['/api/destinations', '/api/destination-types', '/api/jobs', ...KINDS.map((name) => `/api/destinations/${name}`)])
      answers += JSON.stringify((await bed.agent.api('GET', path)).body);
    await bed.agent.api('PATCH', '/api/destinations/cloud', { options: { pass: DAV_PASS } });
    const keyLine = readFileSync(join(servers.nas.root, 'client'), 'utf8').split('\n')[2] ?? 'no key';
    const texts = { answers, log: bed.agent.log(), seenArguments };
    const files = filesBelow(bed.agent.dataDir).map((name): [string, string] => [name, readFileSync(join(bed.agent.dataDir, name), 'latin1')]);
    expect(files.map(([name]) => name)).toContain('orchestrator.sqlite');
    expect(seenArguments).toContain('rclone rcd');
    for (const secret of ['canary-', 'a-valid-access-token', 'a-refresh-token', keyLine])
      for (const [where, text] of [...Object.entries(texts), ...files]) expect({ where, secret: secret.slice(0, 20), holds: text.includes(secret) }).toEqual({ where, secret: secret.slice(0, 20), holds: false });
  }, 30_000); // prettier-ignore

  it('shows no half object when rclone is killed at any of 10 points of a run to all of them, and is clean after the next run', async () => {
    const before = lying();
    const stored = new Set<string>();
    bed.exporting.control({ sizeBytes: 8 * MIB, pauseMs: 1 });
    for (let nth = 0; nth < 10; nth += 1) {
      // Each crash doubles the wait for the next rclone; a new agent begins anew.
      if (nth % 4 === 3) {
        await bed.agent.kill('SIGTERM');
        await bed.agent.start();
      }
      await until('rclone', async () => ((await bed.agent.api('GET', '/readyz')).body.rclone === 'ok' ? true : null), 30_000, 50);
      const already = bed.exporting.sentBytes();
      const started = await bed.agent.api('POST', `/api/apps/${app}/backups`);
      const point = already + Math.floor((8 * MIB * (nth + 0.5)) / 10);
      await until('the point', () => (bed.exporting.sentBytes() >= point ? true : null), 30_000, 1);
      const pids = (await run('pgrep', ['-f', `rclone rcd .*${bed.agent.dataDir}`], { mayFail: true })).stdout.trim().split('\n');
      for (const pid of pids.filter((text) => text !== '')) process.kill(Number(pid), 'SIGKILL');
      const job = await jobEnd(bed.agent, String(started.body.status_url));
      // The folder of this machine gets its copy: its bytes do not go through rclone.
      for (const { object_key: key } of job.backups as { object_key: string }[]) stored.add(key);
      for (const [kind, names] of Object.entries(lying())) {
        const visible = names.filter((name) => !before[kind]?.includes(name) && !name.endsWith('.partial'));
        const known = visible.filter((name) => [...stored].some((key) => name.includes(key.split('/').pop() ?? key)));
        expect({ nth, kind, visible }).toEqual({ nth, kind, visible: known });
      }
    }
    bed.exporting.control({ pauseMs: 0 });
    await until('a run that reaches all', async () => ((await bed.backUp(app)).outcome === 'succeeded' ? true : null), 60_000);
    for (const [kind, names] of Object.entries(lying())) expect({ kind, partials: names.filter((name) => name.endsWith('.partial')) }).toEqual({ kind, partials: [] });
    const copies = (await bed.agent.api('GET', `/api/apps/${app}/backups`)).body.items as { destination: string; state: string }[];
    expect(copies.filter(({ state }) => state !== 'verified')).toEqual([]);
    for (const kind of KINDS) expect({ kind, objects: lying()[kind]?.filter((name) => !name.endsWith('.manifest.json')).length }).toEqual({ kind, objects: copies.filter(({ destination }) => destination === kind).length });
  }, 180_000); // prettier-ignore
});
