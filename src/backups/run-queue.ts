import { atFullSpeed } from '../core/small-heap.js';

/** Something to do for an app. */
export interface QueuedWork {
  runId: string;
  appId: string;
  /** Names of the destinations it sends to. */
  destinations: readonly string[];
  /** People wait for these: they go before scheduled ones. */
  urgent: boolean;
  /** Must not reject: what went wrong belongs into the run's row. */
  work: (signal: AbortSignal) => Promise<void>;
}

/** How many may go at once. */
export interface RunLimits {
  total: number;
  perDestination: number;
}

/** Decides what runs when: one run per app, so many at once and per destination, first come first served with urgent ones first. */
export abstract class RunQueue {
  /** @param delayMs a retry waits this long before it takes its place in the line */
  abstract add(item: QueuedWork, delayMs?: number): void;
  /** Aborts a running one, takes a waiting one out. @returns what it was */
  abstract cancel(runId: string): 'running' | 'waiting' | 'unknown';
  /** Takes no more, aborts what runs, and resolves when that has ended. What waits stays queued in its row for the next agent. */
  abstract drain(): Promise<void>;
}

interface Running {
  item: QueuedWork;
  controller: AbortController;
  done: Promise<void>;
}

export class InProcessRunQueue extends RunQueue {
  private waiting: QueuedWork[] = [];
  private readonly delayed = new Map<string, NodeJS.Timeout>();
  private readonly running = new Map<string, Running>();
  private closed = false;

  constructor(private readonly limits: RunLimits) {
    super();
  }

  add(item: QueuedWork, delayMs = 0): void {
    if (this.closed) return;
    if (delayMs > 0) {
      const comeBack = (): void => {
        this.delayed.delete(item.runId);
        this.add(item);
      };
      this.delayed.set(item.runId, setTimeout(comeBack, delayMs).unref());
      return;
    }
    const place = item.urgent ? this.waiting.findIndex((other) => !other.urgent) : -1;
    if (place === -1) this.waiting.push(item);
    else this.waiting.splice(place, 0, item);
    this.pump();
  }

  cancel(runId: string): 'running' | 'waiting' | 'unknown' {
    const active = this.running.get(runId);
    if (active !== undefined) {
      active.controller.abort('cancelled');
      return 'running';
    }
    clearTimeout(this.delayed.get(runId));
    const wasDelayed = this.delayed.delete(runId);
    const before = this.waiting.length;
    this.waiting = this.waiting.filter((item) => item.runId !== runId);
    return wasDelayed || this.waiting.length < before ? 'waiting' : 'unknown';
  }

  async drain(): Promise<void> {
    this.closed = true;
    this.waiting = [];
    for (const timer of this.delayed.values()) clearTimeout(timer);
    for (const active of this.running.values()) active.controller.abort('shutdown');
    await Promise.all([...this.running.values()].map((active) => active.done));
  }

  private pump(): void {
    for (const item of [...this.waiting]) {
      if (this.running.size >= this.limits.total) return;
      if (!this.mayBegin(item)) continue;
      this.waiting.splice(this.waiting.indexOf(item), 1);
      this.begin(item);
    }
  }

  private mayBegin(item: QueuedWork): boolean {
    const active = [...this.running.values()].map((running) => running.item);
    if (active.some((other) => other.appId === item.appId)) return false;
    return item.destinations.every(
      (name) =>
        active.filter((other) => other.destinations.includes(name)).length < this.limits.perDestination,
    );
  }

  private begin(item: QueuedWork): void {
    const controller = new AbortController();
    const done = atFullSpeed(() => item.work(controller.signal)).finally(() => {
      this.running.delete(item.runId);
      this.pump();
    });
    this.running.set(item.runId, { item, controller, done });
  }
}
