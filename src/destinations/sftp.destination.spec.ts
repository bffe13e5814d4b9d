import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { describeDestination, inChunks } from './destination.contract.js';
import { rcloneBed, rcloneSubject } from './rclone.contract.js';
import type { RcloneBed } from './rclone.contract.js';

interface Server {
  root: string;
  port: number;
  /** Section of rclone.conf. */
  remote: string;
  /** Ends the process; the files stay. */
  halt(): Promise<void>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { connect } = await import('node:net');
    const socket = connect(port, '127.0.0.1');
    const ok = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (ok === true) return;
    await pause(50);
  }
  throw new Error('the server does not come up');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.kill('SIGTERM');
  await closed;
}

/** A real OpenSSH server on loopback, with keys of its own. */
async function sshd(): Promise<Server> {
  const root = await mkdtemp(join(tmpdir(), 'bo-sshd-'));
  await chmod(root, 0o755);
  const key = (name: string): string => join(root, name);
  for (const name of ['host', 'client'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key(name)]);
  await writeFile(key('authorized'), await readFile(key('client.pub')), { mode: 0o600 });
  await mkdir(join(root, 'files'));
  await mkdir('/run/sshd', { recursive: true });
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${key('host')}`,
    `AuthorizedKeysFile ${key('authorized')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'MaxStartups 100:30:200',
    'MaxSessions 100',
    'Subsystem sftp internal-sftp',
  ];
  await writeFile(key('config'), `${lines.join('\n')}\n`);
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', key('config')], { stdio: 'ignore' });
  await answers(port);
  const remote = `type = sftp\nhost = 127.0.0.1\nport = ${port}\nuser = ${userInfo().username}\nkey_file = ${key('client')}\n`;
  const halt = (): Promise<void> => end(child);
  const stop = async (): Promise<void> => {
    await halt();
    await rm(root, { recursive: true, force: true });
  };
  return { root, port, remote, halt, stop };
}

/** rclone's own WebDAV server over a folder: a store without hashes and without streaming uploads. */
async function webdav(): Promise<Server> {
  const root = await mkdtemp(join(tmpdir(), 'bo-webdav-'));
  await mkdir(join(root, 'files'));
  const port = await freePort();
  const args = [
    'serve',
    'webdav',
    join(root, 'files'),
    '--addr',
    `127.0.0.1:${port}`,
    '--dir-cache-time',
    '0s',
    '--config',
    join(root, 'none.conf'),
  ];
  const child = spawn('rclone', args, { stdio: 'ignore' });
  await answers(port);
  const remote = `type = webdav\nurl = http://127.0.0.1:${port}\nvendor = other\n`;
  const halt = (): Promise<void> => end(child);
  const stop = async (): Promise<void> => {
    await halt();
    await rm(root, { recursive: true, force: true });
  };
  return { root, port, remote, halt, stop };
}

async function subjectAt(server: Server, sections: string, name: string): ReturnType<typeof rcloneSubject> {
  const bed = await rcloneBed(sections);
  return rcloneSubject(bed, name, join(server.root, 'files'), async () => {
    await bed.close();
    await server.stop();
  });
}

describeDestination('SFTP, real sshd, native hash by the remote shell', async () => {
  const server = await sshd();
  return subjectAt(
    server,
    `[nas_ssh]\n${server.remote}\n[nas]\ntype = alias\nremote = nas_ssh:${server.root}/files\n`,
    'nas',
  );
});

describeDestination('SFTP without a remote shell, read back', async () => {
  const server = await sshd();
  return subjectAt(
    server,
    `[nas_ssh]\n${server.remote}shell_type = none\ndisable_hashcheck = true\n[nas]\ntype = alias\nremote = nas_ssh:${server.root}/files\n`,
    'nas',
  );
});

describeDestination('WebDAV, which keeps uploads in a file of its own first', async () => {
  const server = await webdav();
  return subjectAt(server, `[dav]\n${server.remote}`, 'dav');
});

describe('an SFTP server that fails', () => {
  let server: Server;
  let bed: RcloneBed;
  afterEach(async () => {
    await bed.close();
    await server.stop();
  });
  const never = (): AbortSignal => new AbortController().signal;

  it('a key that is refused is told as credentials, a server that is down as unreachable', async () => {
    server = await sshd();
    bed = await rcloneBed(`[nas]\n${server.remote}`);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(server.root, 'other')]);
    await writeFile(join(server.root, 'authorized'), await readFile(join(server.root, 'other.pub')));
    await expect(bed.destinations.byName('nas')).rejects.toMatchObject({ code: 'destination-auth' });
    await server.halt();
    await expect(bed.destinations.byName('nas')).rejects.toMatchObject({ code: 'destination-unreachable' });
  }, 60_000);

  it('a server without space is told as full or as an error, and older objects stay', async () => {
    server = await sshd();
    bed = await rcloneBed(
      `[nas_ssh]\n${server.remote}\n[nas]\ntype = alias\nremote = nas_ssh:${server.root}/files\n`,
    );
    const disk = join(server.root, 'files');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
    try {
      const nas = await bed.destinations.byName('nas');
      await nas.store('a/old', inChunks(randomBytes(1_000_000)), never());
      const body = Readable.from(
        (function* () {
          for (let i = 0; i < 400; i += 1) yield randomBytes(65_536);
        })(),
        { objectMode: false },
      );
      await expect(nas.store('a/new.partial', body, never())).rejects.toMatchObject({
        code: expect.stringMatching(/^destination-(full|error)$/),
      });
      expect(await readdir(join(disk, 'a'))).toEqual(['old']);
    } finally {
      // Lazily: the server may still hold the file that was removed.
      execFileSync('umount', ['-l', disk]);
    }
  }, 60_000);
});
