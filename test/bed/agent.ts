import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.js';
import { onEnd } from './reaper.js';
import { endChild, until } from './shell.js';
import { freePort } from './stand-ins/ports.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Answer {
  status: number;
  // Tests look into answers of many shapes; each asserts what it needs.
  body: ReturnType<typeof JSON.parse>;
  headers: Headers;
}

/** A built agent in a process of its own, with a data folder of its own. */
export interface Agent {
  url: string;
  dataDir: string;
  backupsDir: string;
  user: string;
  password: string;
  apiToken: string;
  /** APP_SECRET_KEY, for another agent on the same data. */
  secretKey: string;
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  log(): string;
  /** Waits for it in the log, which comes through a pipe: an answer may overtake the line that was written before it. */
  says(what: string | RegExp): Promise<void>;
  pid(): number;
  /** Ends it as told and waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Starts it again on the same data; `env` is added to what it had. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Starts one more process with the same settings, for one that must not come up, and waits until it has ended. */
  refuse(env?: Readonly<Record<string, string>>): Promise<{ code: number | null; output: string }>;
  /** The exit code once the process has ended by itself. */
  ended(): Promise<number | null>;
  stop(): Promise<void>;
}

const secret = (): string => randomBytes(24).toString('base64url');

/** Half a day away: the usual `daily` comes at night, and what starts by itself in a night's test is counted as something else. */
const FAR_FROM_NOW = `daily@${new Date(Date.now() + 12 * 3600 * 1000).toISOString().slice(11, 16)}`;

/** @param env added to what every agent of the bed gets */
export async function startAgent(env: Readonly<Record<string, string>> = {}): Promise<Agent> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bo-agent-'));
  // Jest may be killed with no chance to clean up: the reaper outlives it.
  const removeData = await onEnd({ remove: dataDir });
  // An agent that a test killed leaves its rclone behind.
  const endStrays = await onEnd({ strays: dataDir });
  const port = await freePort();
  const [password, apiToken] = [secret(), secret()];
  const base: Record<string, string> = {
    PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/tmp', APP_PORT: String(port), APP_BIND: '127.0.0.1', APP_SECRET_KEY: secret() + secret(),
    APP_ADMIN_PASS: password, APP_API_TOKEN: apiToken, DATA_DIR: join(dataDir, 'data'), LOCAL_BACKUPS_DIR: join(dataDir, 'backups'),
    DOCKER_HOST: `unix://${dataDir}/no-docker.sock`, LOG_LEVEL: 'debug', DEFAULT_FREQUENCY: FAR_FROM_NOW, ...env,
  }; // prettier-ignore
  let child: ChildProcess | null = null;
  let output = '';
  const url = `http://127.0.0.1:${port}`;

  const start = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const started = spawn(process.execPath, [MAIN], {
      env: { ...base, ...more },
      cwd: dataDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    await onEnd({ kill: started.pid ?? 0, graceMs: 10_000 });
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    const isUp = await until(
      () => `the start of the agent (${output.slice(-1500)})`,
      async () => {
        // What is thrown here is asked again, and an agent that has ended does not come back.
        if (started.exitCode !== null || started.signalCode !== null) return false;
        return (await fetch(`${url}/healthz`)).ok ? true : null;
      },
    );
    if (!isUp) throw new Error(`the agent ended: ${output.slice(-3000)}`);
  };
  const refuse: Agent['refuse'] = async (more = {}) => {
    const started = spawn(process.execPath, [MAIN], {
      env: { ...base, ...more },
      cwd: dataDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await onEnd({ kill: started.pid ?? 0 });
    let said = '';
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    const timer = setTimeout(() => started.kill('SIGKILL'), 30_000);
    const code = await new Promise<number | null>((resolve) => started.once('close', resolve));
    clearTimeout(timer);
    return { code, output: said };
  };
  const stop = atEnd(async () => {
    if (child !== null) await endChild(child);
    await endStrays();
    await removeData();
  });
  await start();
  return {
    url, dataDir: base['DATA_DIR'] ?? '', backupsDir: base['LOCAL_BACKUPS_DIR'] ?? '', user: 'admin', password, apiToken, start, refuse, stop,
    secretKey: base['APP_SECRET_KEY'] ?? '',
    ended: () => new Promise((resolve) => child?.once('exit', resolve)),
    log: () => output,
    says: async (what) => {
      await until(
        () => `${String(what)} in the log of the agent, whose last words are ${output.slice(-1500)}`,
        () => (typeof what === 'string' ? output.includes(what) : what.test(output)) ? true : null,
        5000,
      );
    },
    pid: () => child?.pid ?? 0,
    kill: async (signal) => {
      const dying = child;
      if (dying === null || dying.exitCode !== null || dying.signalCode !== null) return dying?.exitCode ?? null;
      const gone = new Promise<number | null>((resolve) => dying.once('exit', resolve));
      dying.kill(signal);
      return gone;
    },
    api: async (method, path, body) => {
      const headers = { authorization: `Bearer ${apiToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const response = await fetch(`${url}${path}`, { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body: JSON.stringify(body) }) }).catch((error: unknown) => {
        throw new Error(`${method} ${path}: ${String(error)}; the agent's last words: ${output.slice(-800)}`);
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
  }; // prettier-ignore
}

/** Starts a backup and follows its job to the end. */
export async function backUp(agent: Agent, appId: string, timeoutMs = 60_000): Promise<Answer['body']> {
  const accepted = await agent.api('POST', `/api/apps/${appId}/backups`);
  if (accepted.status !== 202)
    throw new Error(`the backup was not accepted: ${accepted.status} ${JSON.stringify(accepted.body)}`);
  return jobEnd(agent, String(accepted.body.status_url), timeoutMs);
}

export async function jobEnd(agent: Agent, statusUrl: string, timeoutMs = 60_000): Promise<Answer['body']> {
  return until<{ state: string }>(
    `the end of ${statusUrl}`,
    async () => {
      const { body } = await agent.api('GET', statusUrl);
      return body.state === 'finished' ? (body as { state: string }) : null;
    },
    timeoutMs,
    50,
  );
}
