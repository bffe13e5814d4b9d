/** Does something for each of many ids, several at a time but one per id; asked for again while it runs, it runs again. */
export class LookQueue {
  private readonly waiting = new Set<string>();
  private readonly running = new Set<string>();
  private isStopped = false;

  constructor(
    private readonly most: number,
    private readonly look: (id: string) => Promise<void>,
  ) {}

  add(id: string): void {
    if (this.isStopped) return;
    this.waiting.add(id);
    this.startNext();
  }

  /** What runs goes on to its end; nothing begins any more. */
  stop(): void {
    this.isStopped = true;
    this.waiting.clear();
  }

  private startNext(): void {
    for (const id of this.waiting) {
      if (this.running.size >= this.most) return;
      if (this.running.has(id)) continue;
      this.waiting.delete(id);
      void this.run(id);
    }
  }

  private async run(id: string): Promise<void> {
    this.running.add(id);
    try {
      await this.look(id);
    } finally {
      this.running.delete(id);
      this.startNext();
    }
  }
}
