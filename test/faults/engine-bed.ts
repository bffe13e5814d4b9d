import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { ensureNetwork, runContainer } from '../bed/containers.js';
import { startEngine } from '../bed/engine.js';
import type { PrivateEngine } from '../bed/engine.js';
import { makeImages } from '../bed/images.js';
import type { BedImages } from '../bed/images.js';
import { onEnd } from '../bed/reaper.js';
import { until } from '../bed/shell.js';

const TOKEN = 'canary-engine-token-31415';

export interface EngineApp {
  id: string;
  key: string;
  state: string;
  settings: Record<string, { value: unknown }>;
}

interface Job {
  id: string;
  state: string;
  outcome: string;
  attempt: number;
  trigger: string;
  bytes_done: number;
  steps: { name: string; outcome: string; detail: string }[];
  error: { code: string } | null;
}

/** A private engine that may be killed, and an agent that finds its apps there. */
export interface EngineBed {
  engine: PrivateEngine;
  images: BedImages;
  agent: Agent;
  roots: Record<string, string>;
  /** Starts a container of the sample app; its configuration by environment. */
  app(name: string, labels?: Record<string, string>, env?: Record<string, string>): Promise<string>;
  found(key: string, when?: (app: EngineApp) => boolean, timeoutMs?: number): Promise<EngineApp>;
  /** Asks for a run and waits until its bytes flow. @returns its id */
  underWay(appId: string): Promise<string>;
  job(id: string): Promise<Job>;
  ended(id: string, timeoutMs?: number): Promise<Job>;
  addressOf(container: string): Promise<string>;
}

export async function startEngineBed(): Promise<EngineBed> {
  // So that a container outlives the daemon, as on servers where that matters.
  const engine = await startEngine(['--live-restore']);
  const images = await makeImages(engine);
  await ensureNetwork(engine);
  const folder = mkdtempSync(join(tmpdir(), 'bo-faults-'));
  await onEnd({ remove: folder });
  const roots = { local: join(folder, 'local'), second: join(folder, 'second') };
  mkdirSync(roots.second);
  const agent = await startAgent({
    DOCKER_HOST: engine.host, LOCAL_BACKUPS_DIR: roots.local, RCLONE_LOCAL_DIRECTORIES: `Second|${roots.second}`, RESYNC_S: '5',
    MISSING_GRACE_S: '5', RETRY_DELAYS_S: '1,1,1,2,2,2,3,3', CONNECT_TIMEOUT_S: '2', IDLE_TIMEOUT_S: '3', DEFAULT_RETENTION: 'last=50',
  }); // prettier-ignore
  const job = async (id: string): Promise<Job> => (await agent.api('GET', `/api/jobs/${id}`)).body as Job;
  const addressOf = async (container: string): Promise<string> =>
    engine.docker(['inspect', '-f', '{{.NetworkSettings.Networks.backups_net.IPAddress}}', container]);
  return {
    engine, images, agent, roots, job, addressOf,
    app: async (name, labels = {}, env = {}) => {
      const id = await runContainer(engine, {
        image: images.app, name, env: { BACKUP_TOKEN: TOKEN, ...env }, labels: { 'backup.enable': 'true', ...labels },
      });
      await until('the answer of the app', async () => (await fetch(`http://${await addressOf(name)}:8080/_health`)).ok || null);
      return id;
    },
    found: (key, when = () => true, timeoutMs = 20_000) =>
      until(`the app ${key}`, async () => {
        const items = (await agent.api('GET', '/api/apps')).body.items as EngineApp[];
        return items.find((app) => app.key === key && when(app)) ?? null;
      }, timeoutMs),
    underWay: async (appId) => {
      const { status, body } = await agent.api('POST', `/api/apps/${appId}/backups`);
      if (status !== 202) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`);
      const id = String(body.job_id);
      await until('some bytes', async () => ((await job(id)).bytes_done > 0 ? true : null), 20_000, 20);
      return id;
    },
    ended: (id, timeoutMs = 60_000) =>
      until('the end of the run', async () => {
        const now = await job(id);
        return now.state === 'finished' ? now : null;
      }, timeoutMs),
  }; // prettier-ignore
}
