import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUp, startAgent } from '../bed/agent.js';
import type { Agent } from '../bed/agent.js';
import { atEnd } from '../bed/cleanup.js';
import { startExportApp } from '../bed/export-app/server.mjs';
import type { ExportApp, ExportAppConfig } from '../bed/export-app/server.mjs';

export const TOKEN = 'canary-app-token-90210';

/** An agent with two local destinations and one app that can be told to misbehave; no Docker is needed. */
export interface FaultBed {
  agent: Agent;
  app: ExportApp;
  appId: string;
  /** Folders of the destinations by name. */
  roots: Record<string, string>;
}

export async function startFaultBed(
  env: Readonly<Record<string, string>> = {},
  app: Partial<ExportAppConfig> = {},
  destinations = 'local',
): Promise<FaultBed> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-faults-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const second = join(folder, 'second');
  mkdirSync(second);
  const exportApp = await startExportApp({ token: TOKEN, retryAfter: '0.05', ...app });
  atEnd(() => exportApp.close());
  const agent = await startAgent({
    LOCAL_BACKUPS_DIR: join(folder, 'local'),
    RCLONE_LOCAL_DIRECTORIES: `Second|${second}`,
    RETRY_DELAYS_S: 'none',
    CONNECT_TIMEOUT_S: '2',
    IDLE_TIMEOUT_S: '2',
    ...env,
  });
  const appId = await register(agent, exportApp.url, 'ghost', destinations);
  return { agent, app: exportApp, appId, roots: { local: join(folder, 'local'), second } };
}

/** Adds an app by hand, as a person would. */
export async function register(
  agent: Agent,
  url: string,
  name: string,
  destinations = 'local',
): Promise<string> {
  const { status, body } = await agent.api('POST', '/api/apps', {
    name, url, token: TOKEN, retention: { daily: 7, weekly: 4 },
  }); // prettier-ignore
  if (status !== 201) throw new Error(`the app was not registered: ${status} ${JSON.stringify(body)}`);
  if (destinations !== 'local') await agent.api('PUT', `/api/apps/${body.id}/overrides`, { destinations });
  return body.id;
}

/** Starts a backup and waits for its end; these agents do not retry. */
export const attempt = backUp;
