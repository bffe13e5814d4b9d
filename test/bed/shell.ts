import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { PATIENCE } from './patience.mjs';

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. @throws when it fails, unless `mayFail` */
export async function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; mayFail?: boolean; input?: Buffer } = {},
): Promise<Output> {
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined).end(options.input);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const code = await new Promise<number>((resolve, reject) =>
    child.once('error', reject).once('close', (status) => resolve(status ?? 1)),
  );
  const output = { code, stdout: stdout().trim(), stderr: stderr().trim() };
  if (code !== 0 && options.mayFail !== true)
    throw new Error(
      `${command} ${args.slice(0, 4).join(' ')} failed (${code}): ${output.stdout.slice(-2000)}\n${output.stderr.slice(-2000)}`,
    );
  return output;
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Ends a child, by force when it does not go by itself. */
export async function endChild(child: ChildProcess, graceMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(timer);
}

/** Asks until the answer is not null. @throws when it takes too long: `timeoutMs` on a machine like the one it was written on */
export async function until<T>(
  what: string | (() => string),
  ask: () => Promise<T | null> | T | null,
  timeoutMs = 30_000,
  everyMs = 50,
): Promise<T> {
  const limitMs = timeoutMs * PATIENCE;
  const end = performance.now() + limitMs;
  let last: unknown = null;
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(
    `${typeof what === 'string' ? what : what()} took longer than ${limitMs} ms${last instanceof Error ? `: ${last.message}` : ''}`,
  );
}
