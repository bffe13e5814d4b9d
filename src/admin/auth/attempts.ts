import type { Clock } from '../../core/clock.js';

/** Counts attempts by key within a window that begins with the first one. Memory is bounded: old keys are dropped. */
export class Attempts {
  private readonly windows = new Map<string, { startMs: number; count: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
    private readonly windowMs: number,
  ) {}

  /** Counts one attempt. @returns milliseconds to wait; 0 = it may go on */
  take(key: string): number {
    const nowMs = this.clock.monotonicMs();
    const known = this.windows.get(key);
    if (known === undefined || nowMs - known.startMs >= this.windowMs) {
      this.forgetOld(nowMs);
      this.windows.set(key, { startMs: nowMs, count: 1 });
      return 0;
    }
    known.count += 1;
    return known.count <= this.limit ? 0 : known.startMs + this.windowMs - nowMs;
  }

  forget(key: string): void {
    this.windows.delete(key);
  }

  private forgetOld(nowMs: number): void {
    for (const [key, { startMs }] of this.windows) {
      if (nowMs - startMs >= this.windowMs) this.windows.delete(key);
    }
  }
}
