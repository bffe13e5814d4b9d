/** Repeats what failed, after pauses that grow with each failure of the same thing. */
export class Retries {
  private readonly pauses = new Map<string, number>();
  private readonly timeouts = new Set<NodeJS.Timeout>();

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  /** Does it; `again` is called after a pause when it failed. @returns whether it went well */
  async guard(what: string, work: () => Promise<void>, again: () => void): Promise<boolean> {
    try {
      await work();
      this.pauses.delete(what);
      return true;
    } catch {
      // Whoever does the work has said what was wrong.
      const pauseMs = this.pauses.get(what) ?? this.firstMs;
      this.pauses.set(what, Math.min(pauseMs * 2, this.longestMs));
      const timeout = setTimeout(() => {
        this.timeouts.delete(timeout);
        again();
      }, pauseMs).unref();
      this.timeouts.add(timeout);
      return false;
    }
  }

  stop(): void {
    for (const timeout of this.timeouts) clearTimeout(timeout);
  }
}
