import { join } from 'node:path';
import { startAgent } from '../test/bed/agent.js';
import type { Agent } from '../test/bed/agent.js';
import type { ExportApp } from '../test/bed/export-app/server.mjs';
import { run, until } from '../test/bed/shell.js';
import type { Options } from './options.js';
import { cpuSeconds } from './processes.js';
import type { Row } from './table.js';
import {
  emptied,
  freshFolder,
  median,
  mustBeWell,
  pullLine,
  register,
  startApp,
  timed,
  QUIET,
} from './tools.js';

const SMALL_BYTES = 64 * 1024;
/** Time to tell all apps when they are due. */
const NOTICE_MS = 10_000;

interface Cost {
  seconds: number;
  cpuSeconds: number;
}

/**
 * (c) Many small apps that are due in one minute, through schedule, queue, database, verification, manifest and
 * pruning (each keeps one copy, so every round but the first deletes one), against a loop in a shell.
 */
export async function smallApps(options: Options): Promise<Row[]> {
  const folder = freshFolder();
  const theirs = emptied(join(folder, 'theirs'));
  const app = await startApp(SMALL_BYTES);
  const agent = await startAgent({ ...QUIET, LOCAL_BACKUPS_DIR: join(folder, 'ours') });
  const ids: string[] = [];
  for (let index = 0; index < options.smallApps; index += 1)
    ids.push(await register(agent, `small-${index}`, app.url));
  const costs: Record<'one' | 'four' | 'ours', Cost[]> = { one: [], four: [], ours: [] };
  for (let round = 0; round < options.rounds; round += 1) {
    costs.one.push(await loop(app, emptied(theirs), ids.length, 1, folder));
    costs.four.push(await loop(app, emptied(theirs), ids.length, 4, folder));
    emptied(theirs);
    costs.ours.push(await allDue(agent, ids));
  }
  await agent.stop();
  return rowsOf(costs, ids.length);
}

function rowsOf(costs: Record<'one' | 'four' | 'ours', Cost[]>, apps: number): Row[] {
  const rate = (list: Cost[]): number => apps / median(list.map(({ seconds }) => seconds));
  const cpuMs = (list: Cost[]): number => (median(list.map((cost) => cost.cpuSeconds)) / apps) * 1000;
  const what = `${apps} apps of 64 KiB due at once`;
  const row = { id: 'c', unit: 'backups/s', ours: rate(costs.ours) };
  const cpu = { id: 'c', unit: 'ms', what: `${what}, processor time of one backup`, ours: cpuMs(costs.ours) };
  return [
    { ...row, what: `${what} : shell loop, four at a time`, theirs: rate(costs.four), target: { atLeast: 3 } },
    { ...row, what: `${what} : shell loop, one at a time`, theirs: rate(costs.one), target: null },
    { ...cpu, what: `${cpu.what} : shell loop, four at a time`, theirs: cpuMs(costs.four), target: null },
    { ...cpu, what: `${cpu.what} : shell loop, one at a time`, theirs: cpuMs(costs.one), target: null },
  ]; // prettier-ignore
}

/** `times` of the shell ends with the processor time of all its children. */
async function loop(
  app: ExportApp,
  target: string,
  apps: number,
  atOnce: number,
  folder: string,
): Promise<Cost> {
  const pipe = `${pullLine(app)} | rclone rcat ${target}/small-{}.bin`.replaceAll('"', '\\"');
  const line = `seq ${apps} | xargs -P ${atOnce} -I {} sh -c "${pipe}"; times`;
  const env = { ...process.env, RCLONE_CONFIG: join(folder, 'none.conf') };
  let printed = '';
  const seconds = await timed(`shell loop at ${atOnce}`, target, async () => {
    printed = (await run('sh', ['-c', line], { env })).stdout;
  });
  return { seconds, cpuSeconds: childSeconds(printed) };
}

function childSeconds(times: string): number {
  const parts = [...(times.split('\n').pop() ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** Makes all apps due in the same minute and waits for the last run; the clock starts with that minute. */
async function allDue(agent: Agent, ids: readonly string[]): Promise<Cost> {
  const due = new Date(Math.ceil((Date.now() + NOTICE_MS) / 60_000) * 60_000);
  const frequency = `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
  for (const id of ids) await agent.api('PUT', `/api/apps/${id}/overrides`, { frequency });
  if (Date.now() > due.getTime() - 2000) return allDue(agent, ids);
  await pauseUntil(due.getTime() - 2000);
  await run('sync', []);
  await pauseUntil(due.getTime());
  const before = cpuSeconds(agent.pid());
  await lastRun(agent);
  const spent = cpuSeconds(agent.pid()) - before;
  const ended = await jobsSince(agent, due, ids.length);
  if (ended.length !== ids.length) throw new Error(`${ended.length} runs instead of ${ids.length}`);
  for (const job of ended) {
    mustBeWell(job);
    if (job.trigger !== 'schedule') throw new Error(`a run was started by ${job.trigger}`);
  }
  const last = Math.max(...ended.map((job) => Date.parse(job.finished_at)));
  return { seconds: (last - due.getTime()) / 1000, cpuSeconds: spent };
}

const pauseUntil = (time: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, time - Date.now())));

/** One small question at a time: pollers for all would be the load. */
async function lastRun(agent: Agent): Promise<void> {
  const count = async (query: string): Promise<number> =>
    (await agent.api('GET', `/api/jobs?limit=1&${query}`)).body.items.length;
  await until('the first run', async () => ((await count('state=running')) > 0 ? true : null), 70_000, 100);
  const isIdle = async (): Promise<true | null> =>
    (await count('state=queued')) + (await count('state=running')) === 0 ? true : null;
  await until('the end of all runs', isIdle, 600_000, 200);
}

interface Job {
  outcome: string;
  trigger: string;
  queued_at: string;
  finished_at: string;
}

async function jobsSince(agent: Agent, due: Date, apps: number): Promise<Job[]> {
  const jobs: Job[] = [];
  let cursor: string | null = '';
  while (cursor !== null && jobs.length <= apps) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await agent.api('GET', `/api/jobs?limit=200${query}`);
    const fresh = (body.items as Job[]).filter((job) => new Date(job.queued_at) >= due);
    jobs.push(...fresh);
    cursor = fresh.length === body.items.length ? (body.next_cursor as string | null) : null;
  }
  return jobs;
}
