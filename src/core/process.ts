import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

const TAIL_BYTES = 8 * 1024;
const MOST_OUTPUT_BYTES = 1024 * 1024;

export interface ProcessOrder {
  command: string;
  args: readonly string[];
  /** The whole environment of the child: nothing is inherited. */
  environment: Readonly<Record<string, string>>;
}

export interface ProcessEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** The last 8 KiB of standard error. */
  stderrTail: string;
}

/** A running child; `ended` never rejects once the child was started. */
export interface RunningProcess {
  pid: number;
  stdout: Readable;
  ended: Promise<ProcessEnd>;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when the child is gone. */
  stop(graceMs?: number): Promise<ProcessEnd>;
}

/**
 * Starts a child without a shell; the one door to `child_process`.
 * @param onStderrLine is given each line of standard error as it comes
 * @throws when the binary cannot be started (ENOENT, EACCES)
 */
export async function startProcess(
  order: ProcessOrder,
  onStderrLine?: (line: string) => void,
): Promise<RunningProcess> {
  const child = spawn(order.command, order.args, {
    env: { ...order.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const ended = watch(child, onStderrLine);
  return {
    pid: child.pid ?? 0,
    stdout: child.stdout,
    ended,
    async stop(graceMs = 5000) {
      // Something that the child started may hold its pipes open for ever.
      const letGo = (): void => {
        child.stdout.destroy();
        child.stderr.destroy();
      };
      if (child.exitCode === null && child.signalCode === null) child.once('exit', letGo);
      else letGo();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Runs a short command and returns what it printed; it is stopped when it takes too long or prints more than a megabyte. */
export async function runProcess(
  order: ProcessOrder,
  timeoutMs: number,
): Promise<ProcessEnd & { stdout: string }> {
  const running = await startProcess(order);
  const chunks: Buffer[] = [];
  let count = 0;
  running.stdout.on('data', (chunk: Buffer) => {
    count += chunk.length;
    if (count <= MOST_OUTPUT_BYTES) chunks.push(chunk);
    else void running.stop(500);
  });
  const timer = setTimeout(() => void running.stop(500), timeoutMs);
  try {
    const end = await running.ended;
    return { ...end, stdout: Buffer.concat(chunks).toString('utf8') };
  } finally {
    clearTimeout(timer);
  }
}

function watch(child: ChildProcess, onStderrLine?: (line: string) => void): Promise<ProcessEnd> {
  let tail = '';
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-TAIL_BYTES);
    if (onStderrLine === undefined) return;
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-TAIL_BYTES);
    for (const line of lines) onStderrLine(line);
  });
  return new Promise((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stderrTail: tail }));
  });
}
