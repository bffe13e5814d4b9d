import { setTimeout as pause } from 'node:timers/promises';
import { timer } from 'rxjs';
import type { Subscription } from 'rxjs';
import type { DockerGateway, DockerHint } from '../docker/docker.gateway.js';
import { LookQueue } from './look-queue.js';
import { Retries } from './retries.js';

export interface WatchTimings {
  /** What was seen is gathered this long before it is acted on, and longer when it was acted on a moment ago. */
  settleMs: number;
  /** A start is looked at a second time after this: an event can be quicker than the engine's own state. */
  secondLookMs: number;
  /** Everything is listed again this often. */
  resyncMs: number;
  /** What failed is repeated after this, then after twice as long, up to `resyncMs`. */
  retryMs: number;
}

/** What a watcher does; each part may fail, changes nothing then, and is repeated. */
export interface Watcher {
  /** Lists everything. @returns containers that have to be looked at */
  list(): Promise<readonly string[]>;
  look(containerId: string): Promise<void>;
  /** Acts on what was seen. */
  settle(): Promise<void>;
}

/**
 * The engine holds a container's lock while it starts, and an inspection waits for that: `connect` comes before `start`
 * then, and on a running container alone.
 */
const CONNECT_MS = 250;
const LOOKS_AT_ONCE = 32;
/** Acting reads every app: while thousands are looked at, most of the time is to go into looking. */
const RESTING = 3;
const MOST_REST_MS = 2000;

/**
 * Watches until it is unsubscribed from. Events are hints: they make a container be looked at, so replays and
 * duplicates are harmless, and one that does not answer holds up no other.
 */
export function watchContainers(
  docker: DockerGateway,
  watcher: Watcher,
  timings: WatchTimings,
): Subscription {
  return new ContainerWatch(watcher, timings).start(docker);
}

class ContainerWatch {
  private readonly later = new Map<string, NodeJS.Timeout>();
  private readonly retries: Retries;
  private readonly looks = new LookQueue(LOOKS_AT_ONCE, (id) => this.look(id));
  /** One list at a time; what is asked for meanwhile is listed again, since the first may have begun before. */
  private readonly lists = new LookQueue(1, () => this.list());
  private settling: 'idle' | 'busy' | 'wanted' = 'idle';
  private settlingMs = 0;
  private settledAtMs = 0;
  private stopped = false;

  constructor(
    private readonly watcher: Watcher,
    private readonly timings: WatchTimings,
  ) {
    this.retries = new Retries(timings.retryMs, timings.resyncMs);
  }

  start(docker: DockerGateway): Subscription {
    const watching = timer(0, this.timings.resyncMs).subscribe(() => this.lists.add('all'));
    watching.add(docker.hints().subscribe((hint) => this.follow(hint)));
    watching.add(() => this.stop());
    return watching;
  }

  private stop(): void {
    this.stopped = true;
    this.looks.stop();
    this.lists.stop();
    this.retries.stop();
    for (const timeout of this.later.values()) clearTimeout(timeout);
  }

  private follow({ kind, containerId, action }: DockerHint): void {
    if (kind === 'connection') this.lists.add('all');
    else if (action === 'connect') this.lookLater(containerId, CONNECT_MS);
    else this.lookNow(containerId);
    if (action === 'start') this.lookLater(containerId, this.timings.secondLookMs);
  }

  private lookNow(id: string): void {
    clearTimeout(this.later.get(id));
    this.later.delete(id);
    this.looks.add(id);
  }

  private lookLater(id: string, ms: number): void {
    clearTimeout(this.later.get(id));
    this.later.set(id, setTimeout(() => this.lookNow(id), ms).unref());
  }

  private async list(): Promise<void> {
    const work = async (): Promise<void> => {
      for (const id of await this.watcher.list()) this.looks.add(id);
    };
    if (await this.retries.guard('list', work, () => this.lists.add('all'))) this.settleSoon();
  }

  private async look(id: string): Promise<void> {
    const again = (): void => this.lookNow(id);
    if (await this.retries.guard(id, () => this.watcher.look(id), again)) this.settleSoon();
  }

  private settleSoon(): void {
    const wasIdle = this.settling === 'idle';
    this.settling = 'wanted';
    if (wasIdle) void this.settle();
  }

  /** What comes while it gathers is part of it; what comes while it acts is acted on afterwards. */
  private async settle(): Promise<void> {
    while (this.isWanted()) {
      const restMs =
        Math.min(MOST_REST_MS, RESTING * this.settlingMs) - (performance.now() - this.settledAtMs);
      await pause(Math.max(this.timings.settleMs, restMs), undefined, { ref: false });
      if (this.stopped) return;
      this.settling = 'busy';
      const began = performance.now();
      await this.retries.guard(
        'settle',
        () => this.watcher.settle(),
        () => this.settleSoon(),
      );
      this.settledAtMs = performance.now();
      this.settlingMs = this.settledAtMs - began;
    }
    this.settling = 'idle';
  }

  private isWanted(): boolean {
    return this.settling === 'wanted' && !this.stopped;
  }
}
