import { Observable, concatMap, debounce, from, merge, race, tap, timer, Subject } from 'rxjs';
import type { DockerGateway } from '../docker/docker.gateway.js';

export interface WatchTimings {
  /** Quiet for this long, and what is dirty is looked at. */
  settleMs: number;
  /** However busy it is, nothing waits longer than this. */
  mostMs: number;
  /** Everything is listed again this often. */
  resyncMs: number;
  /** A look that failed is repeated after this. */
  retryMs: number;
}

/** What to look at: single containers, or all. */
export interface Dirty {
  all: boolean;
  ids: ReadonlySet<string>;
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
    let all = true;
    let ids = new Set<string>();
    const again = new Subject<void>();
    const longest = new Subject<void>();
    let waitingSince: NodeJS.Timeout | null = null;

    const mark = (id: string | null): void => {
      if (id === null) all = true;
      else ids.add(id);
      waitingSince ??= setTimeout(() => longest.next(), timings.mostMs).unref();
    };
    const take = async (): Promise<void> => {
      if (waitingSince !== null) clearTimeout(waitingSince);
      waitingSince = null;
      const dirty: Dirty = { all, ids };
      all = false;
      ids = new Set();
      if (!dirty.all && dirty.ids.size === 0) return;
      try {
        await look(dirty);
      } catch {
        // `look` has said what was wrong.
        if (dirty.all) mark(null);
        for (const id of dirty.ids) mark(id);
        setTimeout(() => again.next(), timings.retryMs).unref();
      }
    };
    const marks = merge(
      docker.hints().pipe(tap((hint) => mark(hint.kind === 'connection' ? null : hint.containerId))),
      timer(0, timings.resyncMs).pipe(tap(() => mark(null))),
      again,
    );
    const settled = marks.pipe(debounce(() => race(timer(timings.settleMs), longest)));
    return settled.pipe(concatMap(() => from(take()))).subscribe(subscriber);
  });
}
