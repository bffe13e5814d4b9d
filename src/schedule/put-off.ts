/** What is left alone for a while. */
export class PutOff {
  private readonly untilMs = new Map<string, number>();

  constructor(private readonly forMs: number) {}

  add(what: string, nowMs: number): void {
    this.untilMs.set(what, nowMs + this.forMs);
  }

  has(what: string): boolean {
    return this.untilMs.has(what);
  }

  /** What still is at this time; the rest is forgotten. */
  at(nowMs: number): string[] {
    for (const [what, untilMs] of this.untilMs) if (untilMs <= nowMs) this.untilMs.delete(what);
    return [...this.untilMs.keys()];
  }
}
