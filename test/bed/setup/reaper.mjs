/**
 * Outlives the process that started it, to undo what that one made: processes, mounts, folders, containers.
 * Gets one JSON order a line: {add: id, …action} · {undo: id} · {forget: id} · {undoAll: true}, and answers {done: id}.
 * When its input ends (its owner ended, whatever the way), it undoes all that is left, newest first.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const pending = new Map();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A file of a process; empty once it has ended. */
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Start time in ticks: tells a process from a later one that got the same id. */
function birthOf(pid) {
  const stat = read(pid, 'stat');
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? null : (fields[18] ?? null);
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

async function endProcess({ kill: pid, birth, group, graceMs = 5000 }) {
  const alive = () => birth !== null && birthOf(pid) === birth;
  if (alive()) send(pid, 'SIGTERM');
  for (let waitedMs = 0; alive() && waitedMs < graceMs; waitedMs += 50) await sleep(50);
  if (alive()) send(pid, 'SIGKILL');
  // An id that another process has by now can no longer be our group.
  if (group && [null, birth].includes(birthOf(pid))) send(-pid, 'SIGKILL');
  for (let waitedMs = 0; alive() && waitedMs < 2000; waitedMs += 50) await sleep(50);
}

const otherProcesses = () =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);

/** Waits until the reapers among the processes with this temporary folder have done their work, then kills the others. */
async function endFamily({ family: folder }) {
  const members = () =>
    otherProcesses().filter((pid) => `\0${read(pid, 'environ')}`.includes(`\0TMPDIR=${folder}\0`));
  const isReaper = (pid) => /setup\/reaper\.mjs\0$/.test(read(pid, 'cmdline'));
  for (let waitedMs = 0; members().some(isReaper) && waitedMs < 90_000; waitedMs += 200) await sleep(200);
  const left = members();
  for (const pid of left) send(Number(pid), 'SIGKILL');
  if (left.length > 0) await sleep(300);
}

/** Processes whose command line names `folder`, and all below them. */
async function endStrays({ strays: folder }) {
  const all = otherProcesses();
  const parents = new Map(all.map((pid) => [pid, /\) \S (\d+)/.exec(read(pid, 'stat'))?.[1]]));
  const doomed = new Set(
    all.filter(
      (pid) =>
        /^(\S*\/)?(dockerd|containerd|containerd-shim\S*|docker-proxy|rclone)\0/.test(read(pid, 'cmdline')) &&
        read(pid, 'cmdline').includes(folder),
    ),
  );
  for (let grew = true; grew;) {
    const before = doomed.size;
    for (const [pid, parent] of parents) if (doomed.has(parent)) doomed.add(pid);
    grew = doomed.size > before;
  }
  for (const pid of doomed) send(Number(pid), 'SIGKILL');
  if (doomed.size > 0) await sleep(300);
}

/** A mounted folder is unmounted first, so that nothing behind the mount is removed. */
function removeFolder({ remove: folder }) {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((path) => path === folder || path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) {
    if (spawnSync('umount', [path], { stdio: 'ignore' }).status !== 0)
      spawnSync('umount', ['-l', path], { stdio: 'ignore' });
  }
  const still = readFileSync('/proc/self/mounts', 'utf8').includes(` ${folder}/`);
  if (!still) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Empty cgroups of an engine that has ended. */
function removeCgroups({ cgroups: name }) {
  const removeTree = (folder) => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeTree(`${folder}/${entry.name}`);
    rmdirSync(folder);
  };
  const root = '/sys/fs/cgroup';
  const below = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const folder of [`${root}/${name}`, ...below.map((entry) => `${root}/${entry.name}/${name}`)]) {
    try {
      removeTree(folder);
    } catch {
      // Busy: the kernel drops it with its last process.
    }
  }
}

async function undo(id) {
  const action = pending.get(id);
  pending.delete(id);
  if (action === undefined) return;
  try {
    if ('kill' in action) await endProcess(action);
    if ('strays' in action) await endStrays(action);
    if ('family' in action) await endFamily(action);
    if ('cgroups' in action) removeCgroups(action);
    if ('write' in action) writeFileSync(action.write, action.text);
    if ('command' in action)
      spawnSync(action.command[0], action.command.slice(1), { stdio: 'ignore', timeout: 60_000 });
    if ('shell' in action) spawnSync('sh', ['-c', action.shell], { stdio: 'ignore', timeout: 60_000 });
    if ('remove' in action) removeFolder(action);
  } catch (error) {
    process.stderr.write(
      `bed: could not undo ${JSON.stringify(action)}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}

async function undoAll() {
  for (const id of [...pending.keys()].reverse()) await undo(id);
}

function answer(id) {
  if (process.stdout.writable) process.stdout.write(`${JSON.stringify({ done: id })}\n`);
}

// The owner may be gone, and a terminal's Ctrl-C is not for this process.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

let work = Promise.resolve();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const order = JSON.parse(line);
  work = work.then(async () => {
    if ('add' in order)
      pending.set(order.add, 'kill' in order ? { ...order, birth: birthOf(order.kill) } : order);
    if ('forget' in order) pending.delete(order.forget);
    if ('undo' in order) await undo(order.undo);
    if ('undoAll' in order) await undoAll();
    answer(order.add ?? order.forget ?? order.undo ?? 'all');
  });
});
lines.on('close', () => {
  work = work.then(undoAll).then(() => process.exit(0));
});
