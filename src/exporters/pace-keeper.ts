import { BackupFailure } from '../core/failure.js';

/**
 * Gives up on an app that sends a byte now and then, for ever: silence alone would never notice it.
 * Counts only time that was spent waiting for the app, so that a slow destination does not look like a slow app.
 */
export class PaceKeeper {
  private bytes = 0;
  private waitedMs = 0;
  private since = performance.now();

  constructor(private readonly limits: { idleMs: number; minRateBytesPerSecond: number }) {}

  /** We ask the app for more from now on. */
  waits(): void {
    this.since = performance.now();
  }

  /** @throws app-too-slow */
  came(count: number): void {
    this.waitedMs += performance.now() - this.since;
    this.bytes += count;
    if (this.waitedMs < this.limits.idleMs) return;
    const seconds = this.waitedMs / 1000;
    if (this.bytes < this.limits.minRateBytesPerSecond * seconds)
      throw new BackupFailure('app-too-slow', {
        detail: `${this.bytes} bytes in ${Math.round(seconds)} s, at least ${this.limits.minRateBytesPerSecond} per second expected`,
      });
    this.bytes = 0;
    this.waitedMs = 0;
  }
}
