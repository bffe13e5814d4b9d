import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeEngineNetwork } from './engine-network.js';
import type { EngineNetwork } from './engine-network.js';
import { onEnd } from './reaper.js';
import type { Undo } from './reaper.js';
import { run, until } from './shell.js';

/** A Docker engine for the bed. */
export interface Engine {
  /** As for DOCKER_HOST. */
  host: string;
  /** Whether it is one of ours, started just now. */
  isOurs: boolean;
  /** Where ports that containers publish are reached. */
  address: string;
  docker(args: readonly string[], options?: { mayFail?: boolean; input?: Buffer }): Promise<string>;
  stop(): Promise<void>;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';

function engineAt(host: string, isOurs: boolean, address: string, stop: () => Promise<void>): Engine {
  const env = { ...process.env, DOCKER_HOST: host };
  return {
    host,
    isOurs,
    address,
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
    return engineAt(running, false, '127.0.0.1', () => Promise.resolve());
  return startEngine();
}

export interface PrivateEngine extends Engine {
  pid(): number;
  folder: string;
  /** How containers reach the host. */
  hostAddress: string;
  /** Kills the daemon as it is told to, without cleaning up. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts the daemon again on the same data. */
  startAgain(): Promise<void>;
}

/** A private dockerd: own data, sockets, cgroup, and a network namespace, so that nothing is shared with another engine. */
export async function startEngine(extra: readonly string[] = []): Promise<PrivateEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-engine-'));
  const name = basename(folder);
  const host = `unix://${folder}/docker.sock`;
  const removeFolder = await onEnd({ remove: folder });
  const removeCgroups = await onEnd({ cgroups: name });
  const network = await makeEngineNetwork();
  const endStrays = await onEnd({ strays: folder });
  const daemon = await startDaemon(folder, host, network, extra);
  // The containers first: a daemon gives each of them ten seconds.
  const removeContainers = await onEnd({
    shell: `ids=$(docker -H ${host} ps -aq) && [ -n "$ids" ] && docker -H ${host} rm -f $ids`,
  });
  return {
    ...engineAt(host, true, network.address, async () => {
      await removeContainers();
      await daemon.end();
      await endStrays();
      await network.remove();
      await removeCgroups();
      await removeFolder();
    }),
    folder,
    hostAddress: network.hostAddress,
    ...daemon,
  };
}

/** Options in a file of its own: /etc/docker/daemon.json belongs to the user's engine. */
function writeOptions(folder: string, host: string, network: EngineNetwork): string {
  mkdirSync(join(folder, 'data'));
  const file = join(folder, 'daemon.json');
  const options = {
    'data-root': join(folder, 'data'), 'exec-root': join(folder, 'exec'), pidfile: join(folder, 'pid'), hosts: [host], bip: network.bip,
    'default-address-pools': [{ base: network.pool.base, size: network.pool.size }], 'log-level': 'warn', 'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'cgroup-parent': `/${basename(folder)}`, iptables: false, ip6tables: false,
  }; // prettier-ignore
  writeFileSync(file, JSON.stringify(options));
  return file;
}

interface Daemon {
  pid(): number;
  kill(signal: NodeJS.Signals): Promise<void>;
  startAgain(): Promise<void>;
  end(): Promise<void>;
}

async function startDaemon(
  folder: string,
  host: string,
  network: EngineNetwork,
  extra: readonly string[],
): Promise<Daemon> {
  const [enter = '', ...arguments_] = [
    ...network.enter,
    'dockerd',
    '--config-file',
    writeOptions(folder, host, network),
    ...extra,
  ];
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'a');
  const start = async (): Promise<{ child: ChildProcess; end: Undo }> => {
    const child = spawn(enter, arguments_, { stdio: ['ignore', log, log], detached: true });
    child.unref();
    const end = await onEnd({ kill: child.pid ?? 0, graceMs: 20_000 });
    await until('the start of a private Docker engine', async () => {
      if (child.exitCode !== null) throw new Error(`dockerd ended: ${readFileSync(logFile, 'utf8').slice(-1500)}`);
      return (await answers(host)) ? true : null;
    }, 60_000, 200); // prettier-ignore
    return { child, end };
  };
  let running = await start();
  return {
    pid: () => running.child.pid ?? 0,
    end: () => running.end(),
    kill: async (signal) => {
      const gone = new Promise((resolve) => running.child.once('exit', resolve));
      running.child.kill(signal);
      await gone;
    },
    startAgain: async () => {
      rmSync(join(folder, 'pid'), { force: true });
      running = await start();
    },
  };
}
