import {
  Observable,
  Subject,
  auditTime,
  concatMap,
  delay,
  from,
  merge,
  mergeMap,
  of,
  tap,
  timer,
} from 'rxjs';
import type { DockerGateway, DockerHint } from '../docker/docker.gateway.js';

export interface WatchTimings {
  /** Events are gathered for this long, then what is dirty is looked at: nothing waits longer, however busy it is. */
  settleMs: number;
  /** A start is looked at a second time after this: an event can be quicker than the engine's own state. */
  secondLookMs: number;
  /** Everything is listed again this often. */
  resyncMs: number;
  /** A look that failed is repeated after this, then after twice as long, up to `resyncMs`. */
  retryMs: number;
}

/** What to look at: single containers, or all. */
export interface Dirty {
  all: boolean;
  ids: ReadonlySet<string>;
}

/** What is to be looked at; a look takes it all. */
class DirtySet {
  private all = true;
  private ids = new Set<string>();

  markAll(): void {
    this.all = true;
  }

  mark(id: string): void {
    this.ids.add(id);
  }

  take(): Dirty {
    const dirty: Dirty = { all: this.all, ids: this.ids };
    this.all = false;
    this.ids = new Set();
    return dirty;
  }

  putBack(dirty: Dirty): void {
    if (dirty.all) this.all = true;
    for (const id of dirty.ids) this.ids.add(id);
  }
}

/**
 * Calls `look` for what may have changed, one call at a time. Events are hints: they mark a container dirty, so replays
 * and duplicates are harmless. A look that fails changes nothing and comes again.
 */
export function watchContainers(
  docker: DockerGateway,
  look: (dirty: Dirty) => Promise<void>,
  timings: WatchTimings,
): Observable<void> {
  return new Observable((subscriber) => {
    const dirty = new DirtySet();
    const again = new Subject<void>();
    let retryMs = timings.retryMs;

    const lookAtDirty = async (): Promise<void> => {
      const taken = dirty.take();
      if (!taken.all && taken.ids.size === 0) return;
      try {
        await look(taken);
        retryMs = timings.retryMs;
      } catch {
        // `look` has said what was wrong.
        dirty.putBack(taken);
        setTimeout(() => again.next(), retryMs).unref();
        retryMs = Math.min(retryMs * 2, timings.resyncMs);
      }
    };
    const hints = docker.hints().pipe(
      mergeMap((hint) => (hint.action === 'start' ? twice(hint, timings.secondLookMs) : of(hint))),
      tap((hint) => (hint.kind === 'connection' ? dirty.markAll() : dirty.mark(hint.containerId))),
    );
    const resyncs = timer(0, timings.resyncMs).pipe(tap(() => dirty.markAll()));
    const settled = merge(hints, resyncs, again).pipe(auditTime(timings.settleMs));
    return settled.pipe(concatMap(() => from(lookAtDirty()))).subscribe(subscriber);
  });
}

const twice = (hint: DockerHint, afterMs: number): Observable<DockerHint> =>
  merge(of(hint), of(hint).pipe(delay(afterMs)));
