import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { rcloneFolders } from './rclone-launch.js';

const GRACE_MS = 3000;

/**
 * Ends the daemons that a killed agent left behind. A process is one only if its arguments are those of our `rcd`
 * with the cache folder of this very data directory, and this agent is not its parent; /proc is asked, so a
 * recycled pid can't be hit and none is missed that was started right before the kill. Without /proc, none is found.
 * @returns the pids that were ended
 */
export async function endOrphanDaemons(dataDir: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const ended: number[] = [];
  for (const pid of pids) {
    if (!(await isOrphan(pid, dataDir))) continue;
    await end(pid, dataDir);
    ended.push(pid);
  }
  return ended;
}

async function isOurs(pid: number, dataDir: string): Promise<boolean> {
  const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  const mark = args.indexOf('--cache-dir');
  return args.includes('rcd') && mark > 0 && args[mark + 1] === rcloneFolders(dataDir).cache;
}

/** Only this agent may work with its data directory, so a daemon there that it did not start is nobody's. */
async function isOrphan(pid: number, dataDir: string): Promise<boolean> {
  if (!(await isOurs(pid, dataDir))) return false;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^PPid:\s+(\d+)$/m.exec(status)?.[1] !== String(process.pid);
}

async function end(pid: number, dataDir: string): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isOurs(pid, dataDir))) return;
    process.kill(pid, signal);
    for (let waited = 0; waited < GRACE_MS && (await isOurs(pid, dataDir)); waited += 50) await pause(50);
  }
}
