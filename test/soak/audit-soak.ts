import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { digestOf, filesBelow } from '../faults/files.js';
import type { Orders, SoakFigures } from './soak.js';
import type { SoakBed } from './soak-bed.js';

interface RunRow {
  id: string;
  app_id: string;
  trigger: string;
  state: string;
  outcome: string;
  planned_copies: string;
}

interface BackupRow {
  run_id: string;
  destination: string;
  object_key: string;
  size_bytes: number;
  sha256: string;
  state: string;
}

/** The tables as they are once the agent has ended: nothing of the agent itself is asked. */
function readTables(file: string): { runs: RunRow[]; backups: BackupRow[] } {
  const db = new Database(file, { readonly: true });
  try {
    return {
      runs: db.prepare('SELECT * FROM runs ORDER BY queued_at').all() as RunRow[],
      backups: db.prepare('SELECT * FROM backups').all() as BackupRow[],
    };
  } finally {
    db.close();
  }
}

/** Counts everything after the last kill, from the files and the tables alone. */
export async function auditSoak(
  bed: SoakBed,
  orders: Orders,
): Promise<Pick<SoakFigures, 'runs' | 'files' | 'problems'>> {
  await bed.agent.kill('SIGTERM');
  const { runs, backups } = readTables(join(bed.agent.dataDir, 'orchestrator.sqlite'));
  const objects = await objectProblems(bed, backups);
  const problems = [...objects.problems, ...runProblems(runs, backups), ...countProblems(runs, orders)];
  for (const name of filesBelow(join(bed.agent.dataDir, 'rclone', 'tmp')))
    problems.push(`left in rclone's temporary folder: ${name}`);
  for (const pid of await bed.rclones()) problems.push(`rclone ${pid} is still there`);
  return { runs: countBy(runs, (run) => run.outcome), files: objects.count, problems };
}

/** Every copy that counts is there with its bytes and its manifest, every final object has its row, nothing is partial. */
async function objectProblems(
  bed: SoakBed,
  backups: readonly BackupRow[],
): Promise<{ count: number; problems: string[] }> {
  const problems: string[] = [];
  let count = 0;
  for (const row of backups.filter(({ state }) => state !== 'deleted')) {
    const path = join(bed.roots[row.destination] ?? '/nowhere', row.object_key);
    if (row.state !== 'verified') problems.push(`${row.object_key} is ${row.state}`);
    if (!existsSync(path)) problems.push(`${row.destination}:${row.object_key} is not there`);
    else if (statSync(path).size !== row.size_bytes || (await digestOf(path)) !== row.sha256)
      problems.push(`${row.destination}:${row.object_key} has other bytes`);
    else if (!readFileSync(`${path}.manifest.json`, 'utf8').includes(row.sha256))
      problems.push(`${row.destination}:${row.object_key} has another manifest`);
  }
  for (const [destination, root] of Object.entries(bed.roots)) {
    const known = new Set(
      backups
        .filter((row) => row.destination === destination && row.state !== 'deleted')
        .flatMap((row) => [row.object_key, `${row.object_key}.manifest.json`]),
    );
    for (const name of filesBelow(root).filter((file) => !/\.backup-orchestrator[a-z-]*\.json$/.test(file))) {
      count += 1;
      if (!known.has(name)) problems.push(`${destination}:${name} has no row`);
    }
  }
  return { count, problems };
}

function runProblems(runs: readonly RunRow[], backups: readonly BackupRow[]): string[] {
  const problems: string[] = [];
  for (const run of runs) {
    if (run.state !== 'finished') problems.push(`run ${run.id} is ${run.state}`);
    const copies = JSON.parse(run.planned_copies) as { destination: string; outcome: string }[];
    const stored = backups.filter((row) => row.run_id === run.id).length;
    if (run.outcome === 'succeeded' && (stored === 0 || stored !== copies.length))
      problems.push(`run ${run.id} succeeded with ${stored} of ${copies.length} copies`);
    if (copies.some((copy) => copy.outcome === 'unsettled'))
      problems.push(`run ${run.id} has a copy that was never settled`);
  }
  return problems;
}

/** The agent starts a run by itself only in place of one that it died in. */
function countProblems(runs: readonly RunRow[], orders: Orders): string[] {
  const problems: string[] = [];
  const ordered = runs.filter((run) => run.trigger === 'api');
  const known = new Set(runs.map((run) => run.id));
  for (const id of orders.accepted) if (!known.has(id)) problems.push(`run ${id} was accepted and is gone`);
  const extra = ordered.filter((run) => !orders.accepted.has(run.id)).length;
  if (extra > orders.unanswered) problems.push(`${extra} runs that nobody ordered`);
  const again = runs.filter((run) => run.trigger === 'retry').length;
  const interrupted = runs.filter((run) => run.outcome === 'interrupted').length;
  if (again > interrupted) problems.push(`${again} runs in place of ${interrupted} interrupted ones`);
  if (ordered.length + again !== runs.length) problems.push('there are runs of another trigger');
  return problems;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}
