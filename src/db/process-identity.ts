import { readFileSync, readlinkSync } from 'node:fs';

interface Identity {
  boot: string;
  /** Pids of another container mean other processes. */
  namespace: string;
  pid: number;
  /** Clock ticks since the boot: a later process with the same pid has another one. */
  born: string;
}

/** This process, so that another one can tell later whether it is still there. Empty parts where there is no /proc. */
export function describeProcess(): string {
  const identity: Identity = {
    boot: read('/proc/sys/kernel/random/boot_id'),
    namespace: namespaceNow(),
    pid: process.pid,
    born: bornOf(process.pid),
  };
  return JSON.stringify(identity);
}

/** @returns whether that process has certainly ended; false also where that can't be known */
export function hasEnded(description: string): boolean {
  const known = parse(description);
  if (known === null || known.boot === '' || known.boot !== read('/proc/sys/kernel/random/boot_id'))
    return false;
  if (known.namespace === '' || known.namespace !== namespaceNow()) return false;
  return bornOf(known.pid) !== known.born;
}

/** For people. */
export function pidOf(description: string): string {
  return String(parse(description)?.pid ?? 'unknown');
}

function parse(description: string): Identity | null {
  try {
    return JSON.parse(description) as Identity;
  } catch {
    return null;
  }
}

/** A zombie has ended. */
function bornOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? '' : (rest[18] ?? '');
}

function namespaceNow(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
