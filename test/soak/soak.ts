import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../bed/shell.js';
import { auditSoak } from './audit-soak.js';
import { Random } from './random.js';
import { startSoakBed } from './soak-bed.js';
import type { SoakApp, SoakBed } from './soak-bed.js';

export interface SoakFigures {
  seed: number;
  kills: { agent: number; rclone: number; app: number };
  /** Orders that the agent accepted, and those it was killed in the middle of. */
  accepted: number;
  unanswered: number;
  runs: Record<string, number>;
  files: number;
  seconds: number;
  /** What does not hold; empty when all is well. */
  problems: string[];
}

export interface SoakOrder {
  cycles: number;
  seed: number;
  say: (line: string) => void;
}

/** Longest wait before a kill: about as long as the slowest run. */
const MOST_WAIT_MS = 700;

/** What was asked of the agent. */
export interface Orders {
  accepted: Set<string>;
  unanswered: number;
}

async function order(bed: SoakBed, app: SoakApp, orders: Orders): Promise<void> {
  try {
    const { status, body } = await bed.agent.api('POST', `/api/apps/${app.id}/backups`);
    if (status === 202) orders.accepted.add(String(body.job_id));
  } catch {
    // Killed in the middle of the order: there may be a run of it, or none.
    orders.unanswered += 1;
  }
}

type Victim = keyof SoakFigures['kills'];

/** Kills one at random and starts what does not come back by itself. @returns what was killed */
async function killOne(bed: SoakBed, random: Random): Promise<Victim> {
  const draw = random.next();
  if (draw < 0.3) {
    const app = random.pick(bed.apps);
    process.kill(app.pid(), 'SIGKILL');
    await app.start();
    return 'app';
  }
  const daemons = draw < 0.65 ? await bed.rclones() : [];
  if (daemons.length > 0) {
    try {
      process.kill(random.pick(daemons), 'SIGKILL');
      return 'rclone';
    } catch {
      // It ended by itself meanwhile; then it is the agent's turn.
    }
  }
  await bed.agent.kill('SIGKILL');
  await bed.agent.start();
  return 'agent';
}

async function quiet(bed: SoakBed): Promise<void> {
  const openRuns = async (state: string): Promise<number> =>
    (await bed.agent.api('GET', `/api/jobs?state=${state}&limit=200`)).body.items.length as number;
  await until(
    'the end of all runs',
    async () => ((await openRuns('queued')) + (await openRuns('running')) === 0 ? true : null),
    120_000,
    200,
  );
}

/** Random `kill -9` of the agent, of rclone and of apps while they are backed up; then everything is counted. */
export async function soak({ cycles, seed, say }: SoakOrder): Promise<SoakFigures> {
  const random = new Random(seed);
  const bed = await startSoakBed();
  const began = performance.now();
  const kills = { agent: 0, rclone: 0, app: 0 };
  const orders: Orders = { accepted: new Set(), unanswered: 0 };
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const asked = bed.apps.filter(() => random.next() < 0.7).map((app) => order(bed, app, orders));
    await pause(random.below(MOST_WAIT_MS));
    kills[await killOne(bed, random)] += 1;
    await Promise.all(asked);
    if (cycle % 25 === 0) {
      const seconds = Math.round((performance.now() - began) / 1000);
      say(`${cycle} of ${cycles} kills, ${orders.accepted.size} runs ordered, ${seconds} s`);
    }
  }
  await quiet(bed);
  // A last one of each app settles what could not be settled while rclone was down.
  await bed.agent.kill('SIGTERM');
  await bed.agent.start();
  await quiet(bed);
  for (const app of bed.apps) await order(bed, app, orders);
  await quiet(bed);
  const problems = await auditSoak(bed, orders);
  const seconds = Math.round((performance.now() - began) / 1000);
  return {
    seed,
    kills,
    accepted: orders.accepted.size,
    unanswered: orders.unanswered,
    seconds,
    ...problems,
  };
}
