import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUp } from '../test/bed/agent.js';
import type { Agent } from '../test/bed/agent.js';
import { atEnd } from '../test/bed/cleanup.js';
import { startExportApp } from '../test/bed/export-app/server.mjs';
import type { ExportApp } from '../test/bed/export-app/server.mjs';
import { run } from '../test/bed/shell.js';

export const MIB = 1024 * 1024;
export const TOKEN = 'bench-token-of-no-value';
/** Three copies of the largest export, and as much again. */
const MEMORY_MIB = 6 * 1024;
/** How the names of the agent's marker objects begin. */
const MARKER_STEM = '.backup-orchestrator';

/** With the image's own memory settings; a run that fails ends the bench at once. */
export const QUIET = {
  LOG_LEVEL: 'warn',
  RETRY_DELAYS_S: 'none',
  MALLOC_ARENA_MAX: '1',
  NODE_OPTIONS: '--v8-pool-size=1',
} as const;

/** Rounds that are told and not counted: an agent runs for months, and compiles its code in its first run. */
export const WARM_UP = 1;

/** Of an even number of values it is in the middle of the two middle ones. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[Math.floor(index)] ?? Number.NaN;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
};

/** The median without the rounds that are not counted. */
export const warmMedian = (values: readonly number[]): number => median(values.slice(WARM_UP));

/** A folder that is gone at the end. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bo-bench-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function emptied(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Removes what lies in a destination, but for the markers, by which the agent knows its folders. With it, and with a new
 * app for each turn, ours find as empty a place as theirs do, and the kernel's cache holds nothing of an earlier turn.
 */
export function withoutCopies(destination: string): void {
  for (const entry of readdirSync(destination, { withFileTypes: true, recursive: true }))
    if (entry.isFile() && !entry.name.startsWith(MARKER_STEM)) rmSync(join(entry.parentPath, entry.name));
}

/**
 * Has the machine hold memory for all that a turn may put into the kernel's cache. A virtual machine gives free memory back to
 * its host within seconds, and getting it anew takes two seconds and more of processor time a GiB: who needs more than his
 * forerunner has just freed would pay for that.
 */
export async function warmMemory(): Promise<void> {
  const file = join('/dev/shm', `bo-bench-${process.pid}`);
  const mib = Math.floor(Math.min(MEMORY_MIB, (freemem() / MIB) * 0.5));
  // A smaller one is filled as far as it goes.
  await run('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M', `count=${mib}`, 'status=none']).catch(
    () => undefined,
  );
  rmSync(file, { force: true });
}

/**
 * Seconds until the work is done. Before it, all that others wrote is written out, so that nobody pays for his forerunner.
 * @param name of the turn: each is told beside the table, so that its spread can be seen
 * @param unsynced folder whose files have to get to the disk within the time; null for an agent that has seen to it
 * itself: it syncs what it stores in a local folder
 */
export async function timed(
  name: string,
  unsynced: string | null,
  work: () => Promise<unknown>,
): Promise<number> {
  await run('sync', []);
  const began = performance.now();
  await work();
  if (unsynced !== null) await run('find', [unsynced, '-type', 'f', '-exec', 'sync', '{}', '+']);
  const seconds = (performance.now() - began) / 1000;
  process.stderr.write(`  ${name} ${seconds.toFixed(2)} s\n`);
  return seconds;
}

/** A line that a person would write; rclone sees only the given configuration. */
export const shell = (line: string, rcloneConfig: string): Promise<unknown> =>
  run('sh', ['-c', line], { env: { ...process.env, RCLONE_CONFIG: rcloneConfig } });

/** The front part of the pipe that people write by hand. */
export const pullLine = (app: ExportApp): string =>
  `curl -sf -X POST -H "Authorization: Bearer ${TOKEN}" ${app.url}/backup/export`;

/** An app that knows its checksum by the time it is first asked. */
export async function startApp(sizeBytes: number): Promise<ExportApp> {
  const app = await startExportApp({ token: TOKEN, sizeBytes, chunkBytes: 256 * 1024 });
  atEnd(() => app.close());
  app.sha256();
  return app;
}

/** Keeps one copy of each app. */
export async function register(
  agent: Agent,
  name: string,
  url: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { status, body } = await agent.api('POST', '/api/apps', {
    name, url, token: TOKEN, retention: { last: 1, min: 1 },
  }); // prettier-ignore
  if (status !== 201) throw new Error(`${name} was not registered: ${status} ${JSON.stringify(body)}`);
  if (Object.keys(overrides).length > 0) await agent.api('PUT', `/api/apps/${body.id}/overrides`, overrides);
  return body.id;
}

/** One run to its end. @throws when it did not succeed: a fast failure is no figure */
export async function backUpWell(agent: Agent, appId: string): Promise<void> {
  mustBeWell(await backUp(agent, appId, 1_800_000));
}

export function mustBeWell(job: { outcome: string }): void {
  if (job.outcome !== 'succeeded')
    throw new Error(`a run of the bench ended as ${JSON.stringify(job).slice(0, 1500)}`);
}
