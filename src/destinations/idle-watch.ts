/** Knows whether anything is under way, and tells when nothing has been for a while. */
export class IdleWatch {
  private underWay = 0;
  private timer: NodeJS.Timeout | null = null;
  private over = false;

  /** @param afterMs how long nothing must have been under way; 0 = it never tells */
  constructor(
    private readonly afterMs: number,
    private readonly onIdle: () => void,
  ) {}

  /** Whether `onIdle` was called, and nothing began since. */
  get isOver(): boolean {
    return this.over;
  }

  /** Counts from the very call on until `work` has settled, whatever it waits for first. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.underWay += 1;
    this.stop();
    try {
      return await work();
    } finally {
      this.underWay -= 1;
      this.again();
    }
  }

  /** The while begins now, unless something is under way. */
  again(): void {
    this.stop();
    if (this.underWay > 0 || this.afterMs === 0) return;
    this.timer = setTimeout(() => {
      this.over = true;
      this.onIdle();
    }, this.afterMs);
    this.timer.unref();
  }

  stop(): void {
    this.over = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
