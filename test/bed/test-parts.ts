import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leave, leaveOnSignals } from './cleanup.js';
import { findOrStartEngine } from './engine.js';
import type { Engine } from './engine.js';
import { onEnd } from './reaper.js';

interface Count {
  passed: number;
  failed: number;
}

interface Part {
  name: string;
  command: readonly string[];
  /** A Jest project: its tests are counted one by one. */
  jest?: boolean;
  /** Left out of `test:quick`. */
  slow?: boolean;
}

const npx = (...args: string[]): string[] => ['npx', '--no-install', ...args];
const jest = (project: string, more: readonly string[] = [], name = project): Part => ({
  name,
  command: [
    'node',
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    // A handle that a suite forgot must not keep the whole run waiting.
    '--forceExit',
    '--selectProjects',
    project,
    ...more,
  ],
  jest: true,
});

const PARTS: readonly Part[] = [
  {
    name: 'types',
    command: npx(
      'tsc',
      '--noEmit',
      '-p',
      'tsconfig.json',
      '--incremental',
      '--tsBuildInfoFile',
      'node_modules/.cache/types.tsbuildinfo',
    ),
  },
  { name: 'lint', command: npx('eslint', '.') },
  {
    name: 'format',
    command: npx('prettier', '--check', '--log-level', 'warn', '--cache', '--cache-strategy', 'content', '.'),
  },
  { name: 'imports', command: npx('depcruise', '--config', '.dependency-cruiser.cjs', 'src') },
  { name: 'dead code', command: npx('knip'), slow: true },
  // By itself Jest leaves one of two cores to others.
  jest('unit', ['--maxWorkers=2']),
  { name: 'build', command: ['node', 'test/bed/setup/build.mjs'], slow: true },
  { ...jest('e2e', ['-i', '--testPathIgnorePatterns', 'test/e2e/destinations']), slow: true },
  { ...jest('e2e', ['-i', 'test/e2e/destinations'], 'destinations'), slow: true },
  { ...jest('browser', ['-i']), slow: true },
  { ...jest('faults', ['-i']), slow: true },
  { ...jest('image', ['-i']), slow: true },
];

/** One after the other; two parts of a stage run side by side. What measures time has the machine alone. */
const STAGES: readonly (readonly string[])[] = [
  ['types', 'lint', 'format', 'imports', 'dead code', 'build'],
  ['unit'],
  ['e2e'],
  // One core is busy with faults for about as long as the other with the rest.
  ['destinations', 'browser', 'faults', 'image'],
];

const quick = process.argv.includes('--quick');
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');

/** Runs a command; its output is passed on at once, or, beside another part, when it has ended. @returns its exit code */
async function execute(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const held: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (quick ? held.push(chunk) : process.stdout.write(chunk)));
  const ended = new Promise<number>((resolve) =>
    child.once('error', () => resolve(1)).once('close', (status) => resolve(status ?? 1)),
  );
  const forget = await onEnd({ kill: child.pid ?? 0 });
  const code = await ended;
  await forget();
  if (held.length > 0 && code !== 0) process.stdout.write(Buffer.concat(held));
  return code;
}

async function runPart(part: Part, env: NodeJS.ProcessEnv): Promise<Count> {
  if (part.jest !== true)
    return (await execute(part.command, env)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const report = join(tmpdir(), `${part.name}.json`);
  const code = await execute([...part.command, '--json', '--outputFile', report], env);
  return countIn(report, code);
}

type JestCount =
  'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites' | 'numPendingTests' | 'numTodoTests';

/** A suite that could not run, and a run that ended badly with no failed test, count as failed: nothing is skipped in silence. */
function countIn(report: string, code: number): Count {
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8')) as Record<JestCount, number>;
    const { numPassedTests } = counts;
    const failed =
      counts.numFailedTests + counts.numRuntimeErrorTestSuites + counts.numPendingTests + counts.numTodoTests;
    return {
      passed: numPassedTests,
      failed: failed === 0 && (code !== 0 || numPassedTests === 0) ? 1 : failed,
    };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** The temporary folder of the whole run: whatever a spec leaves there, or one that was killed, goes with it. */
async function makeTemporaryFolder(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-tests-'));
  await onEnd({ remove: folder });
  // What these tests started may still be writing there.
  await onEnd({ family: folder });
  // Like the system's own: some of what the tests start is not root.
  chmodSync(folder, 0o1777);
  process.env['TMPDIR'] = folder;
}

async function main(): Promise<Count> {
  const total: Count = { passed: 0, failed: 0 };
  const parts = PARTS.filter((part) =>
    only === undefined ? !(quick && part.slow === true) : only.includes(part.name),
  );
  await makeTemporaryFolder();
  const env: NodeJS.ProcessEnv = { ...process.env };
  // Asked by two parts at once, it is still one.
  let engine: Promise<Engine> | null = null;
  const work = async (waiting: [number, Part][]): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, part] = next;
      // The image part always starts an engine of its own.
      if (['e2e', 'faults', 'browser'].includes(part.name) && env['BED_DOCKER_HOST'] === undefined)
        env['BED_DOCKER_HOST'] = (await (engine ??= findOrStartEngine())).host;
      process.stdout.write(`\n── ${index + 1} of ${parts.length}: ${part.name}\n`);
      const began = performance.now();
      const { passed, failed } = await runPart(part, env);
      total.passed += passed;
      total.failed += failed;
      const seconds = Math.round((performance.now() - began) / 1000);
      process.stdout.write(`── ${part.name}: ${passed} passed, ${failed} failed, ${seconds} s\n`);
    }
  };
  for (const stage of STAGES) {
    // From the end: there stand the long ones, and the short ones then fill the other core.
    const waiting = [...parts.entries()].filter(([, { name }]) => stage.includes(name)).reverse();
    await Promise.all([work(waiting), work(waiting)]);
  }
  return total;
}

leaveOnSignals();
let total: Count = { passed: 0, failed: 1 };
try {
  total = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}
await leave();
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
