import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a reaper can undo; see setup/reaper.mjs. */
export type Action =
  | { kill: number; group?: boolean; graceMs?: number }
  | { strays: string }
  | { family: string }
  | { remove: string }
  | { cgroups: string }
  | { command: readonly string[] }
  | { shell: string }
  | { write: string; text: string };

/** Undoes one thing now; a second call does nothing. */
export type Undo = () => Promise<void>;

/** Runs the undo actions even when this process is killed: it is a process of its own that sees our pipe close. */
class Reaper {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly waiting = new Map<string, (() => void)[]>();
  private lastId = 0;

  constructor() {
    const script = fileURLToPath(new URL('./setup/reaper.mjs', import.meta.url));
    this.child = spawn(process.execPath, [script], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: reaperEnvironment(),
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.settle(line));
    this.child.once('exit', () => {
      for (const id of this.waiting.keys()) this.settle(JSON.stringify({ done: id }));
    });
    this.child.stdin.on('error', () => undefined);
    this.letProcessEnd(true);
  }

  async add(action: Action): Promise<Undo> {
    this.lastId += 1;
    const id = String(this.lastId);
    await this.order({ add: id, ...action }, id);
    return async () => this.order({ undo: id }, id);
  }

  async undoAll(): Promise<void> {
    return this.order({ undoAll: true }, 'all');
  }

  private async order(order: object, id: string): Promise<void> {
    if (this.child.exitCode !== null) throw new Error('the reaper of the test bed has ended');
    this.letProcessEnd(false);
    await new Promise<void>((resolve) => {
      this.waiting.set(id, [...(this.waiting.get(id) ?? []), resolve]);
      this.child.stdin.write(`${JSON.stringify(order)}\n`);
    });
    if (this.waiting.size === 0) this.letProcessEnd(true);
  }

  private settle(line: string): void {
    const { done } = JSON.parse(line) as { done: string };
    const [first, ...others] = this.waiting.get(done) ?? [];
    if (others.length > 0) this.waiting.set(done, others);
    else this.waiting.delete(done);
    first?.();
  }

  /** The reaper must not keep an otherwise finished process alive. */
  private letProcessEnd(yes: boolean): void {
    for (const handle of [this.child, this.child.stdin, this.child.stdout] as unknown as {
      ref(): void;
      unref(): void;
    }[]) {
      if (yes) handle.unref();
      else handle.ref();
    }
  }
}

function reaperEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ...rest } = process.env;
  return { ...rest, PATH: `${rest['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };
}

let reaper: Reaper | null = null;

/** Notes what has to be undone when this process ends, in whatever way it ends. */
export async function onEnd(action: Action): Promise<Undo> {
  reaper ??= new Reaper();
  return reaper.add(action);
}

/** Undoes everything that is left, newest first. */
export async function undoAll(): Promise<void> {
  await reaper?.undoAll();
}
