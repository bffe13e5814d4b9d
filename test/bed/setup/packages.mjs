/** Which system packages a command needs, and how missing ones get onto the machine. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say, SetupError } from './say.mjs';

/** Binary (or absolute path, with * for one folder) → Debian package. */
const PACKAGES = {
  docker: ['docker', 'docker.io'],
  dockerd: ['dockerd', 'docker.io'],
  ip: ['ip', 'iproute2'],
  iptables: ['iptables', 'iptables'],
  rclone: ['rclone', 'rclone'],
  busybox: ['busybox', 'busybox-static'],
  curl: ['curl', 'curl'],
  sqlite3: ['sqlite3', 'sqlite3'],
  faketime: ['/usr/lib/*/faketime/libfaketime.so.1', 'libfaketime'],
  strace: ['strace', 'strace'],
  sshd: ['sshd', 'openssh-server'],
  openssl: ['openssl', 'openssl'],
  useradd: ['useradd', 'passwd'],
  ssh: ['ssh', 'openssh-client'],
  chromium: ['chromium', 'chromium'],
  haproxy: ['haproxy', 'haproxy'],
  debootstrap: ['debootstrap', 'debootstrap'],
  compose: ['docker-compose', 'docker-compose'],
  compiler: ['g++', 'g++'],
  make: ['make', 'make'],
  python: ['python3', 'python3'],
};

const ENGINE = ['docker', 'dockerd', 'ip', 'iptables', 'busybox', 'rclone'];
const TESTS = [
  'curl',
  'sqlite3',
  'faketime',
  'strace',
  'sshd',
  'ssh',
  'openssl',
  'useradd',
  'chromium',
  'haproxy',
  'debootstrap',
  'compose',
];

/** What each command needs, beside a compiler when the native module has to be built. */
export const NEEDS = {
  demo: ENGINE,
  test: [...ENGINE, ...TESTS],
  'test:quick': ['rclone'],
  bench: [...ENGINE, 'curl', 'sshd', 'ssh'],
  soak: [...ENGINE, 'curl', 'sqlite3'],
};
export const COMPILER = ['compiler', 'make', 'python'];

const FOLDERS = [
  ...(process.env.PATH ?? '').split(':'),
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
];

function isThere(what) {
  if (what.includes('*')) {
    const [before, after] = what.split('/*/');
    return existsSync(before) && readdirSync(before).some((name) => existsSync(join(before, name, after)));
  }
  return FOLDERS.some((folder) => {
    try {
      accessSync(join(folder, what), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** The compose plugin of a newer Docker serves as well as the package. */
function hasComposePlugin() {
  return isThere('docker') && spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0;
}

/** @returns the packages of `needs` that are not installed */
export function missingPackages(needs) {
  const missing = needs.filter(
    (need) => !isThere(PACKAGES[need][0]) && !(need === 'compose' && hasComposePlugin()),
  );
  return [...new Set(missing.map((need) => PACKAGES[need][1]))];
}

function isDebianLike() {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function apt(...args) {
  const result = spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}` };
}

/** Packages such as docker.io and openssh-server would start their service: nobody asked for that. */
function withoutStartingServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const mine = !existsSync(policy);
  if (mine) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    if (mine) rmSync(policy, { force: true });
  }
}

/** Installs what is missing (root on Debian or Ubuntu). @throws SetupError naming what to install */
export function ensurePackages(needs) {
  const packages = missingPackages(needs);
  if (packages.length === 0) return;
  const byHand = `apt-get install -y ${packages.join(' ')}`;
  if (!isDebianLike())
    throw new SetupError(
      `Missing: ${packages.join(', ')} (names of Debian). Install them, then run this again.`,
    );
  if (process.getuid?.() !== 0)
    throw new SetupError(
      `Missing: ${packages.join(', ')}. Install them, then run this again:\n  sudo ${byHand}`,
    );
  say(`installing missing system packages: ${packages.join(' ')}`);
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  const result = withoutStartingServices(() => {
    const first = hasPackageLists() ? install() : { ok: false };
    if (first.ok) return first;
    const update = apt('update');
    const second = install();
    return second.ok ? second : { ok: false, output: `${update.output}${second.output}` };
  });
  if (!result.ok)
    throw new SetupError(`${byHand} failed:\n${result.output.trim().split('\n').slice(-15).join('\n')}`);
  const still = missingPackages(needs);
  if (still.length > 0)
    throw new SetupError(
      `These packages were installed, but what they should bring is missing: ${still.join(', ')}`,
    );
}

function hasPackageLists() {
  const lists = '/var/lib/apt/lists';
  return (
    existsSync(lists) &&
    readdirSync(lists).some((name) => name.endsWith('_Packages') || name.includes('_Packages.'))
  );
}
