import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { onEnd } from '../bed/reaper.js';
import { endChild, until } from '../bed/shell.js';
import { assertAll, copiesOf } from './assert-all.js';
import { tempFolder } from './disk.js';
import { attempt, startFaultBed } from './harness.js';

afterAll(leave);

interface Call {
  name: string;
  /** Of fsync, the path behind the descriptor; of rename, both. */
  paths: string[];
}

/** `12 fsync(20</a/b>) = 0` · `12 rename("/a", "/b") = 0`; calls that were interrupted by others end in a line of their own. */
function callsIn(log: string): Call[] {
  const begun = new Map<string, string>();
  return log.split('\n').flatMap((line) => {
    const [, pid = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.includes('<unfinished')) begun.set(pid, rest);
    const resumed = rest.includes('resumed>') ? `${begun.get(pid) ?? ''} ${rest}` : rest;
    if (rest.includes('<unfinished') || !/= 0$/.test(resumed)) return [];
    const name = /^(\w+)\(/.exec(resumed)?.[1] ?? '';
    const paths = [...resumed.matchAll(/<(\/[^<>]+)>|"([^"]+)"/g)].map(
      ([, one, other]) => one ?? other ?? '',
    );
    return [{ name, paths }];
  });
}

it('F45 a power cut after `succeeded` loses nothing: file, manifest, folders and row were forced to the disk, in that order', async () => {
  const bed = await startFaultBed({}, { sizeBytes: 1024 * 1024 });
  const root = bed.roots['local']!;
  const log = join(await tempFolder(), 'calls');
  const calls = 'trace=fsync,fdatasync,rename,renameat,renameat2';
  const tracer = spawn(
    'strace',
    ['-f', '-y', '-s', '4096', '-e', calls, '-o', log, '-p', String(bed.agent.pid())],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  await onEnd({ kill: tracer.pid ?? 0 });
  let said = '';
  tracer.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  await until('the tracer', () => (said.includes('attached') ? true : null));
  expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
  await endChild(tracer);
  const [copy] = await copiesOf(bed.agent);
  const [final, manifest] = [join(root, copy!.object_key), join(root, `${copy!.object_key}.manifest.json`)];
  const seen = callsIn(readFileSync(log, 'utf8'));
  const synced = (path: string, after: number): number =>
    seen.findIndex(({ name, paths }, at) => at > after && /sync$/.test(name) && paths[0] === path);
  const renamed = (to: string): number =>
    seen.findIndex(({ name, paths }) => name.startsWith('rename') && paths.includes(to));

  // The bytes before they get their name, then both names in their folder, the folder in its own, and at last the row.
  const bytes = synced(`${final}.partial`, -1);
  const named = renamed(final);
  expect(bytes).toBeGreaterThanOrEqual(0);
  expect(named).toBeGreaterThan(bytes);
  const manifestNamed = renamed(manifest);
  expect(manifestNamed).toBeGreaterThan(named);
  const steps = [
    synced(manifest, manifestNamed),
    synced(dirname(final), manifestNamed),
    synced(root, manifestNamed),
  ];
  for (const step of steps) expect(step).toBeGreaterThan(manifestNamed);
  expect(synced(join(bed.agent.dataDir, 'orchestrator.sqlite-wal'), Math.max(...steps))).toBeGreaterThan(0);
  process.stdout.write(`F45: ${seen.filter(({ name }) => /sync$/.test(name)).length} syncs in one run\n`);
  await assertAll(bed.agent, bed.roots);
}, 60_000);
