import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUp, startAgent } from '../test/bed/agent.js';
import type { Agent } from '../test/bed/agent.js';
import { atEnd, leave, leaveOnSignals } from '../test/bed/cleanup.js';
import { startExportApp } from '../test/bed/export-app/server.mjs';
import type { ExportApp } from '../test/bed/export-app/server.mjs';
import { run, until } from '../test/bed/shell.js';

/**
 * Side by side in one run, alternating, data synced on both sides, targets removed before each: ratios, not promises.
 * `npm run bench -- --json` for machines; `--rounds N`, `--mib N` for another size of the large export.
 */
const TOKEN = 'bench-token-of-no-value';
const asJson = process.argv.includes('--json');
const numberAfter = (flag: string, fallback: number): number => {
  const place = process.argv.indexOf(flag);
  return place === -1 ? fallback : Number(process.argv[place + 1]);
};
const ROUNDS = numberAfter('--rounds', 3);
const MIB = 1024 * 1024;
const LARGE_MIB = numberAfter('--mib', 1024);
const SMALL_APPS = 100;

interface Row {
  what: string;
  ours: number;
  theirs: number;
  unit: string;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  await run('sync', []);
  const began = performance.now();
  await work();
  await run('sync', []);
  return (performance.now() - began) / 1000;
}

const shell = (command: string, folder: string): Promise<unknown> =>
  run('sh', ['-c', command], { env: { ...process.env, RCLONE_CONFIG: join(folder, 'none.conf') } });

async function register(agent: Agent, name: string, url: string): Promise<string> {
  const { body } = await agent.api('POST', '/api/apps', {
    name,
    url,
    token: TOKEN,
    schedule: 'monthly',
    retention: { daily: 7, weekly: 4 },
  });
  return body.id;
}

/** One large export to a local folder: ours is verified by reading back, the pipes are not. */
async function large(agent: Agent, app: ExportApp, folder: string): Promise<Row[]> {
  app.control({ sizeBytes: LARGE_MIB * MIB, chunkBytes: 256 * 1024 });
  app.sha256();
  const id = await register(agent, 'large', app.url);
  const pull = `curl -sf -X POST -H "Authorization: Bearer ${TOKEN}" ${app.url}/backup/export`;
  const seconds = { ours: [] as number[], rcat: [] as number[], curl: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const target = join(folder, 'theirs');
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    seconds.rcat.push(await timed(() => shell(`${pull} | rclone rcat ${target}/rcat.bin`, folder)));
    rmSync(join(target, 'rcat.bin'));
    seconds.curl.push(await timed(() => shell(`${pull} -o ${target}/curl.bin`, folder)));
    rmSync(join(target, 'curl.bin'));
    seconds.ours.push(await timed(async () => must(await backUp(agent, id, 600_000))));
  }
  const ours = median(seconds.ours);
  const name = `${LARGE_MIB} MiB to a local folder, read back`;
  return [
    { what: `${name} : curl | rclone rcat`, ours, theirs: median(seconds.rcat), unit: 's' },
    { what: `${name} : curl -o`, ours, theirs: median(seconds.curl), unit: 's' },
  ];
}

function must(job: { outcome: string }): void {
  if (job.outcome !== 'succeeded')
    throw new Error(`a run of the bench ended as ${JSON.stringify(job).slice(0, 500)}`);
}

/** Many small apps at once, against the same number of pipes, four at a time. */
async function small(agent: Agent, app: ExportApp, folder: string): Promise<Row> {
  app.control({ sizeBytes: 64 * 1024 });
  app.sha256();
  const ids: string[] = [];
  for (let index = 0; index < SMALL_APPS; index += 1)
    ids.push(await register(agent, `small-${index}`, app.url));
  const ours = await timed(async () => {
    for (const id of ids) await agent.api('POST', `/api/apps/${id}/backups`);
    // One question for all: a hundred pollers would be the load.
    await until(
      'the end of all runs',
      async () => {
        const open = await Promise.all(
          ['queued', 'running'].map((state) => agent.api('GET', `/api/jobs?state=${state}&limit=1`)),
        );
        return open.every(({ body }) => body.items.length === 0) ? true : null;
      },
      600_000,
      100,
    );
  });
  const ended = (await agent.api('GET', `/api/jobs?limit=${SMALL_APPS}`)).body.items;
  ended.forEach(must);
  const script = join(folder, 'pipes.sh');
  writeFileSync(
    script,
    `seq ${SMALL_APPS} | xargs -P 4 -I N sh -c 'curl -sf -X POST -H "Authorization: Bearer ${TOKEN}" ${app.url}/backup/export | rclone rcat ${folder}/theirs/small-N.bin'\n`,
  );
  const theirs = await timed(() => shell(`sh ${script}`, folder));
  return {
    what: `${SMALL_APPS} apps of 64 KiB at once : shell loop, four at a time`,
    ours: SMALL_APPS / ours,
    theirs: SMALL_APPS / theirs,
    unit: 'backups/s',
  };
}

const rssMib = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-bench-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const app = await startExportApp({ token: TOKEN });
  atEnd(() => app.close());
  const agent = await startAgent({ LOG_LEVEL: 'warn', LOCAL_BACKUPS_DIR: join(folder, 'ours') });
  const rows = [...(await large(agent, app, folder)), await small(agent, app, folder)];
  if (asJson) {
    process.stdout.write(
      `${JSON.stringify(
        rows.map((row) => ({ ...row, ratio: row.ours / row.theirs })),
        null,
        2,
      )}\n`,
    );
    return;
  }
  process.stdout.write('\n| ours : theirs | ours | theirs | ratio |\n| --- | ---: | ---: | ---: |\n');
  for (const { what, ours, theirs, unit } of rows) {
    process.stdout.write(
      `| ${what} | ${ours.toFixed(2)} ${unit} | ${theirs.toFixed(2)} ${unit} | ${(ours / theirs).toFixed(2)} |\n`,
    );
  }
  process.stdout.write(`\nThe agent holds ${rssMib(agent.pid()).toFixed(0)} MiB after it.\n`);
}

leaveOnSignals();
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
await leave();
process.exit();
