import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { inChunks, sentOf } from './contract-parts.contract.js';
import { endOrphanDaemons } from './orphan-daemons.js';
import type { RcEndpoint } from './rc-http.js';
import { RcloneDaemon } from './rclone-daemon.js';
import { RcloneRc } from './rclone-rc.js';
import { daemonArguments, rcloneFolders } from './rclone-launch.js';
import { configIn, rcloneBed } from './rclone.contract.js';
import type { RcloneBed } from './rclone.contract.js';

const never = (): AbortSignal => new AbortController().signal;
const argumentsOf = async (pid: number | null): Promise<string[]> =>
  (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8')).split('\0');
const environmentOf = async (pid: number | null): Promise<string[]> =>
  (await readFile(`/proc/${String(pid)}/environ`, 'utf8')).split('\0').filter((line) => line !== '');

const started = (daemon: RcloneDaemon): Promise<RcEndpoint> =>
  daemon.use((endpoint) => Promise.resolve(endpoint));

async function until(what: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  for (let waited = 0; waited < timeoutMs; waited += 20) {
    if (await what()) return;
    await pause(20);
  }
  throw new Error('it did not happen in time');
}

/** A body that keeps coming until it is destroyed. */
function endless(): Readable {
  const chunk = randomBytes(64 * 1024);
  return new Readable({
    read() {
      setTimeout(() => this.push(chunk), 2);
    },
  });
}

/** A folder of this machine that rclone does not know as one: its bytes go through the daemon. */
async function bedWithFar(): Promise<{ bed: RcloneBed; folder: string }> {
  const bed = await rcloneBed(
    '[all]\ntype = combine\nupstreams = at={root}/far\n[far]\ntype = alias\nremote = all:at\n',
  );
  await mkdir(join(bed.root, 'far'));
  return { bed, folder: join(bed.root, 'far/app') };
}

describe('the rclone daemon', () => {
  let bed: RcloneBed | null = null;
  afterEach(async () => {
    await bed?.close();
    bed = null;
  });

  it('runs with limits far above the longest run, closed to others, without a secret among its arguments', async () => {
    bed = await rcloneBed('', { RCLONE_CONFIG_PASS: 'correct horse battery' });
    await started(bed.daemon);
    const { pid, version, state } = bed.daemon.status();
    const args = await argumentsOf(pid);
    const after = (flag: string): string | undefined => args[args.indexOf(flag) + 1];
    expect(state).toBe('running');
    expect(args.slice(1, -1)).toEqual(
      daemonArguments(bed.config, { major: 1, minor: Number(version?.split('.')[1]), patch: 0 }),
    );
    expect(after('--rc-server-read-timeout')).toBe('720h');
    expect(after('--rc-server-write-timeout')).toBe('720h');
    expect(args.join(' ')).not.toMatch(/no-auth|rc-serve(?!r)|web-gui|allow-origin|0\.0\.0\.0|-vv|dump/);
    const { pass } = await started(bed.daemon);
    expect(args.join(' ')).not.toContain(pass);
    expect(args.join(' ')).not.toContain('correct horse');
    expect((await environmentOf(pid)).map((line) => line.split('=')[0]).sort()).toEqual(
      [
        'GOGC',
        'HOME',
        'PATH',
        'RCLONE_CONFIG',
        'RCLONE_CONFIG_PASS',
        'RCLONE_RC_PASS',
        'RCLONE_RC_USER',
        'TMPDIR',
      ].sort(),
    );
    expect((await stat(bed.config.rcloneConfig)).mode & 0o777).toBe(0o600);
  }, 20_000);

  it('answers nobody without the password', async () => {
    bed = await rcloneBed();
    const { at } = await started(bed.daemon);
    if (!('port' in at)) throw new Error('this rclone serves a socket');
    const answer = await fetch(`http://127.0.0.1:${at.port}/config/dump`, { method: 'POST' });
    expect(answer.status).toBe(401);
  });

  it('is not touched by RCLONE_ variables of the agent', async () => {
    const hostile = {
      RCLONE_DRY_RUN: 'true',
      RCLONE_CONFIG_NAS_TYPE: 'memory',
      RCLONE_IGNORE_EXISTING: 'true',
      HTTPS_PROXY: 'http://127.0.0.1:1',
    };
    Object.assign(process.env, hostile);
    try {
      bed = await rcloneBed('[nas]\ntype = alias\nremote = {root}/nas\n', hostile);
      await mkdir(join(bed.root, 'nas'));
      const destination = await bed.destinations.byName('nas');
      await destination.store('a/b', inChunks(Buffer.from('hello')), never());
      expect(await readFile(join(bed.root, 'nas/a/b'), 'utf8')).toBe('hello');
    } finally {
      for (const name of Object.keys(hostile)) Reflect.deleteProperty(process.env, name);
    }
  }, 20_000);

  it('killed in the middle of an upload: the upload fails, nothing is under the final name, and the next one works', async () => {
    const far = await bedWithFar();
    const { folder } = far;
    bed = far.bed;
    const destination = await bed.destinations.byName('far');
    await destination.put('app/old', Buffer.from('older'));
    const upload = destination.store('app/new.partial', endless(), never()).catch((error: unknown) => error);
    await until(async () => (await stat(join(folder, 'new.partial')).catch(() => null))?.size !== undefined);
    const killed = bed.daemon.status().pid ?? 0;
    process.kill(killed, 'SIGKILL');
    expect(await upload).toMatchObject({
      code: expect.stringMatching(/^(rclone-unavailable|destination-error)$/),
    });
    expect(await readdir(folder)).not.toContain('new');
    await until(() => bed?.daemon.status().state === 'running');
    expect(bed.daemon.status().pid).not.toBe(killed);
    // What the killed one left is ours by its name, and removed by whoever looks next.
    await destination.remove('app/new.partial');
    const bytes = randomBytes(200_000);
    await destination.store('app/new.partial', inChunks(bytes), never());
    await destination.verify('app/new.partial', sentOf(bytes), never());
    await destination.rename('app/new.partial', 'app/new');
    expect((await readdir(folder)).sort()).toEqual(['new', 'old']);
  }, 30_000);

  it('calls fail at once while a crashed daemon waits to be started again', async () => {
    ({ bed } = await bedWithFar());
    const destination = await bed.destinations.byName('far');
    process.kill(bed.daemon.status().pid ?? 0, 'SIGKILL');
    await until(() => bed?.daemon.status().state === 'down');
    await expect(destination.list('app')).rejects.toMatchObject({ code: 'rclone-unavailable' });
    expect(bed.daemon.status().problem).toContain('SIGKILL');
    await until(() => bed?.daemon.status().state === 'running');
    expect(await destination.list('app')).toEqual([]);
  }, 20_000);

  it('an orphan of this data directory is ended at the next start, and no other process', async () => {
    bed = await rcloneBed();
    const other = await rcloneBed();
    await started(other.daemon);
    const args = daemonArguments(bed.config, { major: 1, minor: 60, patch: 1 });
    // The parent ends at once, as an agent that is killed does.
    const parent = spawn(
      '/bin/sh',
      ['-c', 'RCLONE_CONFIG=/dev/null rclone "$@" >/dev/null 2>&1 & echo $!', 'sh', ...args],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    const orphan = Number(output.toString().trim());
    await until(async () => (await argumentsOf(orphan)).includes('rcd'));
    await started(bed.daemon);
    // A zombie has no arguments any more.
    expect((await argumentsOf(orphan).catch(() => [])).join('')).toBe('');
    expect(await endOrphanDaemons(bed.config.dataDir)).toEqual([]);
    expect(other.daemon.status().state).toBe('running');
    await other.rc.remotes();
    await other.close();
  }, 20_000);

  it('ends with the agent', async () => {
    bed = await rcloneBed();
    await started(bed.daemon);
    const { pid } = bed.daemon.status();
    await bed.daemon.onApplicationShutdown();
    await expect(argumentsOf(pid)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(started(bed.daemon)).rejects.toMatchObject({ code: 'rclone-unavailable' });
  });

  it.each([
    ['is missing', null],
    ['prints something else', '#!/bin/sh\necho hello\n'],
    [
      'fails at once',
      '#!/bin/sh\n[ "$1" = version ] && echo "rclone v1.75.1" || { echo "no way" >&2; exit 1; }\n',
    ],
  ])('without rclone the agent comes up and says so: it %s', async (_, script) => {
    const root = await mkdtemp(join(tmpdir(), 'bo-rclone-'));
    const binary = join(root, 'rclone');
    if (script !== null) await writeFile(binary, script);
    if (script !== null) await chmod(binary, 0o755);
    const daemon = new RcloneDaemon(configIn(root, { RCLONE_BINARY: binary }));
    await daemon.onApplicationBootstrap();
    expect(daemon.status()).toMatchObject({
      state: 'down',
      problem: expect.stringMatching(/ENOENT|as rclone does|no way/),
    });
    await expect(started(daemon)).rejects.toMatchObject({ code: 'rclone-unavailable' });
    await daemon.onApplicationShutdown();
    await rm(root, { recursive: true });
  });

  it('an rclone of 1.61 or newer is spoken to over a unix socket, with the password', async () => {
    const root = await mkdtemp(join(tmpdir(), 'bo-rclone-'));
    const binary = join(root, 'rclone');
    // Answers as a newer rclone would; the machine has an older one.
    const script = `#!${process.execPath}
      const { createServer } = require('node:http');
      if (process.argv[2] === 'version') { console.log('rclone v1.75.1'); process.exit(); }
      const at = process.argv[process.argv.indexOf('--rc-addr') + 1].replace('unix://', '');
      const wanted = 'Basic ' + Buffer.from(process.env.RCLONE_RC_USER + ':' + process.env.RCLONE_RC_PASS).toString('base64');
      createServer((request, response) => {
        if (request.headers.authorization !== wanted) response.writeHead(401);
        response.end(request.url === '/core/pid' ? JSON.stringify({ pid: process.pid }, null, '\\t') : '{"remotes":["one"]}');
      }).listen(at);`;
    await writeFile(binary, script, { mode: 0o755 });
    const config = configIn(root, { RCLONE_BINARY: binary });
    const { temp, socket } = rcloneFolders(config.dataDir);
    await mkdir(temp, { recursive: true });
    await writeFile(join(temp, 'rclone-spool123'), 'left by a killed one');
    const daemon = new RcloneDaemon(config);
    const rc = new RcloneRc(daemon);
    expect(await rc.remotes()).toEqual(['one']);
    expect(await started(daemon)).toMatchObject({ at: { socketPath: socket } });
    expect(daemon.status()).toMatchObject({ version: '1.75.1', belowFloor: false });
    expect(await readdir(temp)).toEqual([]);
    rc.onApplicationShutdown();
    await daemon.onApplicationShutdown();
    await rm(root, { recursive: true });
  });

  it('serves a unix socket from 1.61', async () => {
    const config = configIn('/tmp/x');
    expect(daemonArguments(config, { major: 1, minor: 75, patch: 1 })).toContain(
      `unix://${rcloneFolders(config.dataDir).socket}`,
    );
    expect(daemonArguments(config, { major: 1, minor: 60, patch: 1 })).toContain('127.0.0.1:0');
    expect(daemonArguments(configIn(`/tmp/${'x'.repeat(120)}`), { major: 1, minor: 75, patch: 1 })).toContain(
      '127.0.0.1:0',
    );
  });
});
