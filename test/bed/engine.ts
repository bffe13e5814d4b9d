import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './cleanup.js';
import { endChild, run, until } from './shell.js';

/** A Docker engine for the bed. */
export interface Engine {
  /** As for DOCKER_HOST. */
  host: string;
  /** Whether it is one of ours, started just now. */
  isOurs: boolean;
  docker(args: readonly string[], options?: { mayFail?: boolean; input?: Buffer }): Promise<string>;
  stop(): Promise<void>;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';

function engineAt(host: string, isOurs: boolean, stop: () => Promise<void>): Engine {
  const env = { ...process.env, DOCKER_HOST: host };
  return {
    host,
    isOurs,
    stop,
    docker: async (args, options = {}) => (await run('docker', args, { env, ...options })).stdout,
  };
}

async function answers(host: string): Promise<boolean> {
  const { code } = await run('docker', ['version', '--format', '{{.Server.Version}}'], {
    env: { ...process.env, DOCKER_HOST: host },
    mayFail: true,
  });
  return code === 0;
}

/** The engine that runs already, or a private one that nothing else shares. */
export async function findOrStartEngine(): Promise<Engine> {
  const given = process.env['BED_DOCKER_HOST'] ?? process.env['DOCKER_HOST'];
  const running = given ?? (existsSync(DEFAULT_SOCKET) ? `unix://${DEFAULT_SOCKET}` : undefined);
  if (running !== undefined && (await answers(running)))
    return engineAt(running, false, () => Promise.resolve());
  return startEngine();
}

export interface PrivateEngine extends Engine {
  pid(): number;
  folder: string;
  /** Kills the daemon as it is told to, without cleaning up. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts the daemon again on the same data. */
  startAgain(): Promise<void>;
}

/** A private dockerd with its own data, exec root, socket, bridge and address pool. */
export async function startEngine(extra: readonly string[] = []): Promise<PrivateEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-engine-'));
  const host = `unix://${folder}/docker.sock`;
  // A range of its own: two engines on one machine must not hand out the same addresses.
  const range = 64 + (process.pid % 128);
  const args = [
    '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid'), '-H', host,
    '--bip', `10.${range}.255.1/24`, '--default-address-pool', `base=10.${range}.0.0/17,size=24`, '--log-level', 'warn', ...extra,
  ]; // prettier-ignore
  const log = openSync(join(folder, 'log'), 'a');
  const start = () => spawn('dockerd', args, { stdio: ['ignore', log, log], detached: true });
  let child = start();
  const ready = (): Promise<boolean> =>
    until(
      'the start of a private Docker engine',
      async () => {
        if (child.exitCode !== null)
          throw new Error(`dockerd ended: ${readFileSync(join(folder, 'log'), 'utf8').slice(-1500)}`);
        return (await answers(host)) ? true : null;
      },
      60_000,
      200,
    );
  const undo = atEnd(async () => {
    await removeContainers(host);
    await endChild(child, 20_000);
    await clear(folder);
  });
  await ready();
  return {
    ...engineAt(host, true, undo),
    folder,
    pid: () => child.pid ?? 0,
    kill: async (signal) => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await gone;
    },
    startAgain: async () => {
      rmSync(join(folder, 'pid'), { force: true });
      child = start();
      await ready();
    },
  };
}

async function removeContainers(host: string): Promise<void> {
  const env = { ...process.env, DOCKER_HOST: host };
  const { stdout } = await run('docker', ['ps', '-aq'], { env, mayFail: true });
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await run('docker', ['rm', '-f', ...ids], { env, mayFail: true });
}

/** containerd and its shims carry the folder in their arguments; mounts of the data root would keep it from being removed. */
async function clear(folder: string): Promise<void> {
  await run('pkill', ['-f', folder], { mayFail: true });
  await until(
    'the end of containerd',
    async () => ((await run('pgrep', ['-f', folder], { mayFail: true })).code === 0 ? null : true),
    15_000,
    100,
  ).catch(() => run('pkill', ['-9', '-f', folder], { mayFail: true }));
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`))
    .reverse();
  for (const point of mounts) await run('umount', ['-l', point], { mayFail: true });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
