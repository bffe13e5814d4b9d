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

/** When a run gives up its place to the next, so that apps that are slow, silent or endless can't occupy all of them. */
export interface LongRuns {
  /** After this long, in milliseconds. */
  afterMs: number;
  /** Bytes that a run has sent so far. */
  bytesOf: (runId: string) => number;
}

/** Less than this in `afterMs` is standing still. */
const STILL_BYTES = 64 * 1024;

/**
 * Decides what runs when: one run per app, so many at once and per destination, first come first served with urgent ones first.
 * A run that takes long gives up its place: one that moves bytes as long as there are fewer than `total` of those, one
 * that stands still in any case, as it costs nothing.
 */
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
  /** Only `counted` ones are held against the limits. */
  place: 'counted' | 'long' | 'still';
  /** What it had sent when it was last looked at. */
  bytes: number;
}

export class InProcessRunQueue extends RunQueue {
  private waiting: QueuedWork[] = [];
  private readonly delayed = new Map<string, NodeJS.Timeout>();
  private readonly running = new Map<string, Running>();
  private closed = false;

  constructor(
    private readonly limits: RunLimits,
    private readonly long: LongRuns,
  ) {
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
      if (this.inPlace('counted').length >= this.limits.total) return;
      if (!this.mayBegin(item)) continue;
      this.waiting.splice(this.waiting.indexOf(item), 1);
      this.begin(item);
    }
  }

  private mayBegin(item: QueuedWork): boolean {
    if ([...this.running.values()].some((other) => other.item.appId === item.appId)) return false;
    const counted = this.inPlace('counted').map((running) => running.item);
    return item.destinations.every(
      (name) =>
        counted.filter((other) => other.destinations.includes(name)).length < this.limits.perDestination,
    );
  }

  private begin(item: QueuedWork): void {
    const controller = new AbortController();
    const timer = setInterval(() => this.review(item.runId), this.long.afterMs).unref();
    const done = item.work(controller.signal).finally(() => {
      clearInterval(timer);
      this.running.delete(item.runId);
      this.pump();
    });
    this.running.set(item.runId, { item, controller, done, place: 'counted', bytes: 0 });
  }

  private inPlace(place: Running['place']): Running[] {
    return [...this.running.values()].filter((running) => running.place === place);
  }

  private review(runId: string): void {
    const run = this.running.get(runId);
    if (run === undefined) return;
    const bytes = this.long.bytesOf(runId);
    const isStill = bytes - run.bytes < STILL_BYTES;
    run.bytes = bytes;
    if (isStill) run.place = 'still';
    else if (run.place === 'still' || this.inPlace('long').length < this.limits.total) run.place = 'long';
    this.pump();
  }
}
