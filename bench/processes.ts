import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts processor time in these for every program that asks. */
const TICKS_PER_SECOND = 100;

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((candidate) => Number.isInteger(candidate) && fieldsOf(candidate)[1] === String(pid));
}

/** From the state on: the name before it may hold anything. */
const fieldsOf = (pid: number): string[] =>
  textOf(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');

/** The process, and what it started. */
export const familyOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(familyOf)];

/** Resident memory of a process in MiB. */
export const rssMib = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(textOf(pid, 'status'))?.[1] ?? 0) / 1024;

export const familyRssMib = (pid: number): number =>
  familyOf(pid).reduce((sum, member) => sum + rssMib(member), 0);

/** Processor seconds of a process and its children so far, ended ones included. */
export function cpuSeconds(pid: number): number {
  const own = fieldsOf(pid).slice(11, 15).map(Number);
  const spent = own.reduce((sum, ticks) => sum + ticks, 0) / TICKS_PER_SECOND;
  return childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), spent);
}
