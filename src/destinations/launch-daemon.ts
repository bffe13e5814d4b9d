import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppConfig } from '../config/app-config.js';
import { runProcess, startProcess } from '../core/process.js';
import type { ProcessEnd, RunningProcess } from '../core/process.js';
import { rememberSecret } from '../core/redact.js';
import { ensureConfigFile, setDamagedAside } from './config-file.js';
import { answerOf, rcRequest } from './rc-http.js';
import type { RcAnswer, RcEndpoint } from './rc-http.js';
import { daemonArguments, rcloneEnvironment, rcloneFolders, socketFor } from './rclone-launch.js';
import { OLDEST_VERSION, isOlder, parseRcloneVersion, versionText } from './rclone-version.js';
import type { RcloneVersion } from './rclone-version.js';

const RC_USER = 'agent';

export interface LaunchedDaemon {
  process: RunningProcess;
  endpoint: RcEndpoint;
}

/** @throws when the binary can't be started, is not rclone, or is too old */
export async function readRcloneVersion(config: AppConfig): Promise<RcloneVersion> {
  const order = { command: config.rcloneBinary, args: ['version'], environment: rcloneEnvironment(config) };
  const version = parseRcloneVersion((await runProcess(order, config.rcloneStartMs)).stdout);
  if (version === null) throw new Error(`${config.rcloneBinary} does not answer as rclone does`);
  if (isOlder(version, OLDEST_VERSION))
    throw new Error(
      `rclone ${versionText(version)} is too old: ${versionText(OLDEST_VERSION)} or newer is needed`,
    );
  return version;
}

/**
 * The folders and the configuration file that every rclone child works with. No daemon of this data directory
 * may be running: what a killed one left in its temporary folder, up to whole backups, is removed.
 * @returns where a damaged configuration file was put; null = it was none
 */
export async function prepareRcloneFolders(config: AppConfig): Promise<string | null> {
  const { home, temp, cache, socket } = rcloneFolders(config.dataDir);
  for (const folder of [home, temp, cache]) await mkdir(folder, { recursive: true, mode: 0o700 });
  // Not the folder itself: it may be a volume of its own.
  for (const name of await readdir(temp)) await rm(join(temp, name), { recursive: true, force: true });
  await rm(socket, { force: true });
  const aside = await setDamagedAside(config.rcloneConfig);
  await ensureConfigFile(config.rcloneConfig, config.rcloneConfigPass);
  return aside;
}

/**
 * Starts one daemon and waits until it answers.
 * @param onLine is given every line of its log
 * @throws when it ends before it answers, or does not answer in time
 */
export async function launchDaemon(
  config: AppConfig,
  version: RcloneVersion,
  onLine: (line: string) => void,
): Promise<LaunchedDaemon> {
  const pass = randomBytes(32).toString('base64url');
  rememberSecret(pass);
  rememberSecret(config.rcloneConfigPass);
  const environment = { ...rcloneEnvironment(config), RCLONE_RC_USER: RC_USER, RCLONE_RC_PASS: pass };
  const socketPath = socketFor(version, config.dataDir);
  let at: RcEndpoint['at'] | null = socketPath === null ? null : { socketPath };
  const child = await startProcess(
    { command: config.rcloneBinary, args: daemonArguments(config, version), environment },
    (line) => {
      at ??= addressIn(line);
      onLine(line);
    },
  );
  child.stdout.resume();
  try {
    return {
      process: child,
      endpoint: await ready(child, config.rcloneStartMs, () =>
        at === null ? null : { at, user: RC_USER, pass },
      ),
    };
  } catch (error) {
    await child.stop(1000);
    throw error;
  }
}

/** rclone chooses the free port itself and says which: no other process can take it in between. */
function addressIn(line: string): RcEndpoint['at'] | null {
  const port = /Serving remote control on http:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1];
  return port === undefined ? null : { host: '127.0.0.1', port: Number(port) };
}

async function ready(
  child: RunningProcess,
  readyMs: number,
  where: () => RcEndpoint | null,
): Promise<RcEndpoint> {
  const ended: string[] = [];
  void child.ended.then((end) => ended.push(lastWords(end)));
  const startedMs = performance.now();
  while (performance.now() - startedMs < readyMs) {
    const endpoint = where();
    if (endpoint !== null && (await isAnsweredBy(child.pid, endpoint)) && (await readsConfig(endpoint)))
      return endpoint;
    if (ended[0] !== undefined) throw new Error(`rclone ended while starting: ${ended[0]}`);
    await pause(20);
  }
  throw new Error(`rclone did not answer within ${readyMs / 1000} s`);
}

/** The pid proves that it is this daemon that answers, and not another one at the same address. */
async function isAnsweredBy(pid: number, endpoint: RcEndpoint): Promise<boolean> {
  const answer = await answerTo(endpoint, '/core/pid');
  return answer?.status === 200 && /"pid":\s*(\d+)/.exec(answer.text)?.[1] === String(pid);
}

/** It reads rclone.conf only when it is asked for it, and ends when it can't: better now than at the first run. */
async function readsConfig(endpoint: RcEndpoint): Promise<boolean> {
  return (await answerTo(endpoint, '/config/listremotes'))?.status === 200;
}

async function answerTo(endpoint: RcEndpoint, path: string): Promise<RcAnswer | null> {
  const ask = rcRequest(endpoint, path, { agent: false, timeout: 2000 });
  ask.once('timeout', () => ask.destroy());
  ask.setHeader('content-type', 'application/json');
  ask.end('{}');
  return answerOf(ask).catch(() => null);
}

/** What a process said last on standard error, without its time. */
export function lastWords({ stderrTail }: ProcessEnd): string {
  return (stderrTail.trim().split('\n').pop() ?? '').replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, '');
}
