import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { onEnd } from '../reaper.js';
import { endChild } from '../shell.js';
import { answers, freePort } from './ports.js';

export interface FileServer {
  root: string;
  port: number;
  /** Section of rclone.conf. */
  remote: string;
  pid(): number;
  /** Ends the process; the files stay. */
  halt(): Promise<void>;
  /** Starts it again at the same port. */
  again(): Promise<void>;
  stop(): Promise<void>;
}

/** A real OpenSSH server on loopback, with keys of its own; its files lie in `root/files`. */
export async function sshd(more: string[] = []): Promise<FileServer> {
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
    ...more,
  ];
  await writeFile(key('config'), `${lines.join('\n')}\n`);
  const run = (): ChildProcess =>
    spawn('/usr/sbin/sshd', ['-D', '-e', '-f', key('config')], { stdio: 'ignore' });
  const remote = `type = sftp\nhost = 127.0.0.1\nport = ${port}\nuser = ${userInfo().username}\nkey_file = ${key('client')}\n`;
  return { root, port, remote, ...(await serving(run, port, root)) };
}

/** rclone's own WebDAV server over a folder: a store without hashes and without streaming uploads. */
export async function webdav(login?: { user: string; pass: string }): Promise<FileServer> {
  const root = await mkdtemp(join(tmpdir(), 'bo-webdav-'));
  await mkdir(join(root, 'files'));
  const port = await freePort();
  const args = ['serve', 'webdav', join(root, 'files'), '--addr', `127.0.0.1:${port}`];
  const more = ['--dir-cache-time', '0s', '--config', join(root, 'none.conf')];
  const signIn = login === undefined ? [] : ['--user', login.user, '--pass', login.pass];
  const run = (): ChildProcess => spawn('rclone', [...args, ...more, ...signIn], { stdio: 'ignore' });
  const remote = `type = webdav\nurl = http://127.0.0.1:${port}\nvendor = other\n`;
  return { root, port, remote, ...(await serving(run, port, root)) };
}

/** rclone's own SFTP server: not OpenSSH, and it takes packets of 32 KiB when it is read from. */
export async function rcloneSftp({ user, pass }: { user: string; pass: string }): Promise<FileServer> {
  const root = await mkdtemp(join(tmpdir(), 'bo-rclone-sftp-'));
  await mkdir(join(root, 'files'));
  const port = await freePort();
  const args = ['serve', 'sftp', join(root, 'files'), '--addr', `127.0.0.1:${port}`];
  const more = [
    '--user',
    user,
    '--pass',
    pass,
    '--dir-cache-time',
    '0s',
    '--config',
    join(root, 'none.conf'),
  ];
  const run = (): ChildProcess => spawn('rclone', [...args, ...more], { stdio: 'ignore', env: { ...process.env, HOME: root, XDG_CACHE_HOME: join(root, 'cache') } }); // prettier-ignore
  const remote = `type = sftp\nhost = 127.0.0.1\nport = ${port}\nuser = ${user}\n`;
  return { root, port, remote, ...(await serving(run, port, root)) };
}

async function serving(
  run: () => ChildProcess,
  port: number,
  root: string,
): Promise<Pick<FileServer, 'pid' | 'halt' | 'again' | 'stop'>> {
  const removeRoot = await onEnd({ remove: root });
  const start = async (): Promise<ChildProcess> => {
    const started = run();
    await onEnd({ kill: started.pid ?? 0 });
    await answers(port);
    return started;
  };
  let child = await start();
  const halt = (): Promise<void> => endChild(child);
  const again = async (): Promise<void> => {
    child = await start();
  };
  const stop = async (): Promise<void> => {
    await halt();
    await removeRoot();
  };
  return { pid: () => child.pid ?? 0, halt, again, stop };
}
