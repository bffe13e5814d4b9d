/** node_modules as the lock file says, with the native module built for this Node. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMPILER, ensurePackages } from './packages.mjs';
import { cacheDir, ROOT } from './places.mjs';
import { say, SetupError } from './say.mjs';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Compares what npm wrote about its last install with the lock file. */
function modulesAreFresh() {
  const installedList = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(installedList)) return false;
  const installed = readJson(installedList).packages;
  return Object.entries(readJson(join(ROOT, 'package-lock.json')).packages).every(([path, wanted]) => {
    const found = installed[path];
    return path === '' || (found === undefined ? wanted.optional === true : found.version === wanted.version);
  });
}

function npm(args, env = {}) {
  const result = spawnSync('npm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  const tail = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-20).join('\n');
  throw new SetupError(`npm ${args.join(' ')} failed:\n${tail}`);
}

export function ensureModules() {
  if (!modulesAreFresh()) {
    say('installing the node modules of package-lock.json');
    npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  }
  ensureNativeModule();
}

/** Headers beside the running Node spare a download of them. */
function headers() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}

/** better-sqlite3: built once per version and Node ABI, then copied from the user's cache. */
function ensureNativeModule() {
  const folder = join(ROOT, 'node_modules/better-sqlite3');
  const binary = join(folder, 'build/Release/better_sqlite3.node');
  if (loads(folder)) return;
  const { version } = readJson(join(folder, 'package.json'));
  const cached = join(
    cacheDir(),
    `better-sqlite3-${version}-${process.platform}-${process.arch}-abi${process.versions.modules}.node`,
  );
  if (existsSync(cached)) {
    copyInto(cached, binary);
    if (loads(folder)) return;
  }
  ensurePackages(COMPILER);
  say('building the SQLite module (about a minute, once per Node version)');
  npm(['rebuild', 'better-sqlite3'], headers());
  if (!loads(folder))
    throw new SetupError('The SQLite module was built but does not load: npm rebuild better-sqlite3');
  copyInto(binary, cached);
}

/** In a child, since a module that was loaded once can't be loaded anew after a rebuild. */
function loads(folder) {
  const script = `new (require(${JSON.stringify(folder)}))(':memory:').close()`;
  return spawnSync(process.execPath, ['-e', script], { stdio: 'ignore' }).status === 0;
}

/** Under another name first: two clones may set up at the same time. */
function copyInto(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const draft = `${to}.${process.pid}`;
  copyFileSync(from, draft);
  renameSync(draft, to);
}
