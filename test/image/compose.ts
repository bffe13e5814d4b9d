import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../bed/engine.js';
import { onEnd } from '../bed/reaper.js';
import { ROOT } from '../bed/setup/places.mjs';
import { run } from '../bed/shell.js';

const PORT = 5550;

/** The real compose file, brought up from a folder of its own: a user's .env and folders stay untouched. */
export interface Stack {
  folder: string;
  url: string;
  apiToken: string;
  up(...more: string[]): Promise<void>;
  down(): Promise<void>;
  /** Runs a command in the agent's container. */
  exec(...command: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
}

export async function prepareStack(engine: Engine & { folder: string }): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-stack-'));
  await onEnd({ remove: folder });
  for (const name of ['docker-compose.yml', 'deploy'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  const secret = (): string => randomBytes(24).toString('base64url');
  const apiToken = secret();
  writeFileSync(
    join(folder, '.env'),
    [
      `APP_SECRET_KEY=${secret()}${secret()}`,
      `APP_ADMIN_PASS=${secret()}`,
      `APP_API_TOKEN=${apiToken}`,
      'RCLONE_LOCAL_DIRECTORIES=Disk|/local-directories',
      `DOCKER_SOCKET=${join(engine.folder, 'docker.sock')}`,
    ].join('\n'),
  );
  const env = { ...process.env, DOCKER_HOST: engine.host, COMPOSE_PROJECT_NAME: 'stack' };
  const hasPlugin = (await run('docker', ['compose', 'version'], { mayFail: true })).code === 0;
  const command = hasPlugin ? 'docker' : 'docker-compose';
  const before = hasPlugin ? ['compose'] : [];
  const compose = async (...args: string[]): Promise<void> => {
    await run(command, [...before, ...args], { env, cwd: folder });
  };
  return {
    folder,
    url: `http://${engine.address}:${PORT}`,
    apiToken,
    up: (...more) => compose('up', '-d', ...more),
    down: () => compose('down', '-v', '-t', '5'),
    exec: (...args) => run('docker', ['exec', 'backup-orchestrator', ...args], { env, mayFail: true }),
  };
}
