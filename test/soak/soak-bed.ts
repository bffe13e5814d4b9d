import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { atEnd } from '../bed/cleanup.js';
import { onEnd } from '../bed/reaper.js';
import { run, until } from '../bed/shell.js';
import { sshd } from '../bed/stand-ins/file-servers.js';
import { freePort } from '../bed/stand-ins/ports.js';

const APP = fileURLToPath(new URL('../bed/export-app/server.mjs', import.meta.url));
const TOKEN = 'soak-app-token-271828';

/** An app in a process of its own, so that it can be killed and started again at the same address. */
export interface SoakApp {
  id: string;
  port: number;
  pid(): number;
  start(): Promise<void>;
}

export interface SoakBed {
  agent: Agent;
  apps: SoakApp[];
  /** Folders of the destinations by name. */
  roots: Record<string, string>;
  /** Pids of the rclone daemons of this agent. */
  rclones(): Promise<number[]>;
}

/** Sizes differ, so that every kind of moment is hit; each app writes slowly enough to be killed in the middle. */
const APPS = [
  { sizeBytes: 3_000_000, destinations: 'local' },
  { sizeBytes: 1_500_000, destinations: 'local,nas' },
  { sizeBytes: 400_000, destinations: 'local' },
  { sizeBytes: 50_000, destinations: 'nas' },
];

async function startSoakApp(index: number, sizeBytes: number): Promise<Omit<SoakApp, 'id'>> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  const env = {
    PATH: process.env['PATH'] ?? '',
    PORT: String(port),
    BACKUP_TOKEN: TOKEN,
    SEED: `soak-${index}`,
  };
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [APP], {
      env: { ...env, SIZE_BYTES: String(sizeBytes), CHUNK_BYTES: '65536', PAUSE_MS: '5' },
      stdio: 'ignore',
    });
    await onEnd({ kill: child.pid ?? 0, graceMs: 1000 });
    await until('the start of an app', async () =>
      (await fetch(`http://127.0.0.1:${port}/_health`)).ok ? true : null,
    );
  };
  await start();
  return { port, start, pid: () => child?.pid ?? 0 };
}

/** An agent, four apps, a local folder and a real SFTP server. */
export async function startSoakBed(): Promise<SoakBed> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-soak-'));
  await onEnd({ remove: folder });
  const server = await sshd();
  atEnd(() => server.stop());
  const conf = join(folder, 'rclone.conf');
  mkdirSync(join(folder, 'local'));
  writeFileSync(
    conf,
    `[nas_ssh]\n${server.remote}\n[nas]\ntype = alias\nremote = nas_ssh:${server.root}/files\n`,
  );
  const agent = await startAgent({
    LOCAL_BACKUPS_DIR: join(folder, 'local'), RCLONE_CONFIG: conf, RETRY_DELAYS_S: 'none', CONNECT_TIMEOUT_S: '2', IDLE_TIMEOUT_S: '5', LOG_LEVEL: 'warn',
  }); // prettier-ignore
  const apps: SoakApp[] = [];
  for (const [index, { sizeBytes, destinations }] of APPS.entries()) {
    const app = await startSoakApp(index, sizeBytes);
    const { status, body } = await agent.api('POST', '/api/apps', {
      name: `soak ${index}`, url: `http://127.0.0.1:${app.port}`, token: TOKEN, retention: { last: 3 },
    }); // prettier-ignore
    if (status !== 201) throw new Error(`an app was not registered: ${status} ${JSON.stringify(body)}`);
    await agent.api('PUT', `/api/apps/${String(body.id)}/overrides`, { destinations });
    apps.push({ ...app, id: String(body.id) });
  }
  const rclones = async (): Promise<number[]> => {
    const { stdout } = await run('pgrep', ['-f', `rclone rcd .*${agent.dataDir}`], { mayFail: true });
    return stdout.split('\n').filter((line) => line !== '').map(Number);
  }; // prettier-ignore
  return { agent, apps, rclones, roots: { local: join(folder, 'local'), nas: join(server.root, 'files') } };
}
