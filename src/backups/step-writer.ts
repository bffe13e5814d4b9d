import type { DataSource, EntityManager } from 'typeorm';
import { RunStep } from './run.entity.js';

/** How long a step may be known to this process only: pages look twice a second. */
const LATEST_MS = 250;

/**
 * Writes steps of runs together: each write of its own waits for the disk, and a short run has fourteen of them.
 * Nothing is decided from steps, so a crash may cost the last ones; readers ask for `flush` first.
 */
export class StepWriter {
  private pending = new Map<string, RunStep>();
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  /** @param onError is told when steps could not be written in the background; they stay pending */
  constructor(
    private readonly db: DataSource,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Takes the step as it is now; what is noted again before it is written is written once. */
  note(step: RunStep): void {
    this.pending.set(`${step.runId}/${step.position}`, Object.assign(new RunStep(), step));
    this.timer ??= setTimeout(() => void this.flushAll().catch(this.onError), LATEST_MS).unref();
  }

  /** Resolves when all that was noted of this run before is written. @throws what the database throws */
  async flush(runId: string): Promise<void> {
    const isPending = [...this.pending.values()].some((step) => step.runId === runId);
    await (isPending ? this.flushAll() : this.writing);
  }

  /**
   * For the end of a run: hands what was noted of it and is not written yet to `write`, which writes it with
   * `writeSteps` in a transaction of its own. When that fails, the steps stay pending.
   */
  async closing<T>(runId: string, write: (steps: RunStep[]) => Promise<T>): Promise<T> {
    const mine = new Map([...this.pending].filter(([, step]) => step.runId === runId));
    for (const key of mine.keys()) this.pending.delete(key);
    try {
      // An older state of the same steps may be under way.
      await this.writing;
      return await write([...mine.values()]);
    } catch (error) {
      this.pending = new Map([...mine, ...this.pending]);
      throw error;
    }
  }

  private flushAll(): Promise<void> {
    const next = this.writing.then(() => this.write());
    this.writing = next.catch(() => undefined);
    return next;
  }

  private async write(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const steps = this.pending;
    if (steps.size === 0) return;
    this.pending = new Map();
    try {
      await writeSteps(this.db.manager, [...steps.values()]);
    } catch (error) {
      this.pending = new Map([...steps, ...this.pending]);
      throw error;
    }
  }
}

export async function writeSteps(tx: EntityManager, steps: RunStep[]): Promise<void> {
  if (steps.length > 0) await tx.getRepository(RunStep).upsert(steps, ['runId', 'position']);
}
