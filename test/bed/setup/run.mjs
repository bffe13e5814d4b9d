/** The first thing `npm run demo` and `npm test` start: builtins only, since node_modules may not be there yet. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureModules } from './modules.mjs';
import { ensurePackages, NEEDS } from './packages.mjs';
import { ROOT } from './places.mjs';
import { SetupError } from './say.mjs';

const ENTRIES = {
  demo: ['test/bed/demo.ts'],
  test: ['test/bed/test-parts.ts'],
  'test:quick': ['test/bed/test-parts.ts', '--quick'],
  bench: ['bench/main.ts'],
  soak: ['test/soak/main.ts'],
};

const [command = '', ...rest] = process.argv.slice(2);
const isTest = command.startsWith('test');

function prepare() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new SetupError(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
  if (process.platform !== 'linux') throw new SetupError('This needs Linux: it runs a real Docker engine.');
  ensurePackages(NEEDS[command]);
  ensureModules();
  // For the tests the build is a part of its own, so that a type error is reported as such.
  if (!isTest) ensureBuilt();
}

/** Hands over, passes signals on, and ends as the child ended. */
function handOver([entry, ...args]) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, entry), ...args, ...rest], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

const entry = ENTRIES[command];
if (entry === undefined || !existsSync(join(ROOT, entry[0]))) {
  console.error(`usage: node test/bed/setup/run.mjs ${Object.keys(ENTRIES).join(' | ')}`);
  process.exit(2);
}
try {
  prepare();
  handOver(entry);
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  if (isTest) console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
