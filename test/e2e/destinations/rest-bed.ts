import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { z } from 'zod';
import { ANSWERS } from '../../../src/admin/api/answers.js';
import { backUp, startAgent } from '../../bed/agent.js';
import type { Agent, Answer } from '../../bed/agent.js';
import { atEnd } from '../../bed/cleanup.js';
import { startExportApp } from '../../bed/export-app/server.mjs';
import type { ExportApp } from '../../bed/export-app/server.mjs';

const TOKEN = 'token-of-the-exporting-app';

/** A built agent whose destinations are managed by REST alone, and one app to back up. */
export interface RestBed {
  agent: Agent;
  /** The app behind all apps. */
  exporting: ExportApp;
  /** Folder below which local destinations may lie. */
  disks: string;
  /** Its rclone.conf. */
  conf: string;
  /** Adds an app by hand that backs up there. @returns its id */
  app(name: string, destinations: string): Promise<string>;
  /** One run. @returns the job, with its copies */
  backUp(appId: string): Promise<Answer['body']>;
  /** Asks, and holds the answer against what the documentation says. */
  ask<T extends keyof typeof ANSWERS>(
    answer: T,
    status: number,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.infer<(typeof ANSWERS)[T]>>;
  names(): Promise<string[]>;
  /** A local destination in a folder of its own. */
  local(name: string): { name: string; type: string; options: { path: string } };
}

export async function startRest(env: Readonly<Record<string, string>> = {}): Promise<RestBed> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-rest-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const disks = join(folder, 'disks');
  mkdirSync(disks);
  const exporting = await startExportApp({ token: TOKEN, sizeBytes: 300_000 });
  atEnd(() => exporting.close());
  const agent = await startAgent({
    LOCAL_DIRECTORIES_ROOT: disks,
    RCLONE_CONFIG: join(folder, 'rclone.conf'),
    RETRY_DELAYS_S: 'none',
    ...env,
  });
  const ask: RestBed['ask'] = async (name, status, method, path, body) => {
    const answer = await agent.api(method, path, body);
    expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
    const parsed: unknown = ANSWERS[name].parse(answer.body);
    expect(parsed).toEqual(answer.body);
    return parsed as z.infer<(typeof ANSWERS)[typeof name]>;
  };
  return {
    agent,
    exporting,
    disks,
    conf: join(folder, 'rclone.conf'),
    ask,
    app: async (name, destinations) => {
      const { body } = await agent.api('POST', '/api/apps', { name, url: exporting.url, token: TOKEN });
      await agent.api('PUT', `/api/apps/${body.id}/overrides`, { destinations });
      return String(body.id);
    }, // prettier-ignore
    backUp: (appId) => backUp(agent, appId),
    names: async () =>
      (await ask('DestinationList', 200, 'GET', '/api/destinations')).items.map(({ name }) => name),
    local: (name) => ({ name, type: 'local', options: { path: join(disks, name) } }),
  };
}
