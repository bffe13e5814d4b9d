import { Injectable } from '@nestjs/common';
import {
  Observable,
  distinctUntilChanged,
  exhaustMap,
  filter,
  from,
  interval,
  mergeMap,
  share,
  startWith,
} from 'rxjs';
import { LiveProgress, secondsLeft } from '../../backups/live-progress.js';
import { RunLedger } from '../../backups/run-ledger.js';
import type { Run } from '../../backups/run.entity.js';

const POLL_MS = 500;
/** Runs that were queued this recently are looked at, so that an end is told too. */
const MOST_RUNS = 50;

/** How far a run has come. */
export interface RunNews {
  id: string;
  app_id: string;
  state: Run['state'];
  outcome: Run['outcome'];
  attempt: number;
  bytes_done: number;
  bytes_total: number | null;
  /** Bytes per second since the run began to send; null before. */
  bytes_per_second: number | null;
  /** Seconds to go at that pace; null when the size is not known. */
  eta_seconds: number | null;
}

/** Tells everyone who listens what the runs are doing; asks the database once for all of them, and only while somebody listens. */
@Injectable()
export class RunFeed {
  readonly news: Observable<RunNews>;
  private readonly told = new Map<string, string>();

  constructor(
    private readonly ledger: RunLedger,
    private readonly progress: LiveProgress,
  ) {
    this.news = interval(POLL_MS).pipe(
      startWith(0),
      exhaustMap(() => from(this.look())),
      mergeMap((news) => news),
      share(),
    );
  }

  /** What there is to tell about one run; does not repeat itself. */
  ofRun(runId: string): Observable<RunNews> {
    return this.news.pipe(
      filter((news) => news.id === runId),
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
    );
  }

  private async look(): Promise<RunNews[]> {
    const runs = await this.ledger.list({ limit: MOST_RUNS });
    const changed = runs
      .map((run) => this.newsOf(run))
      .filter((news) => this.told.get(news.id) !== JSON.stringify(news));
    this.told.clear();
    for (const run of runs) this.told.set(run.id, JSON.stringify(this.newsOf(run)));
    return changed;
  }

  private newsOf(run: Run): RunNews {
    const live = this.progress.bytesDone(run.id);
    const done = live ?? run.sizeBytes ?? 0;
    const pace = this.progress.pace(run.id);
    return {
      id: run.id,
      app_id: run.appId,
      state: run.state,
      outcome: run.outcome,
      attempt: run.attempt,
      bytes_done: done,
      bytes_total: run.bytesTotal,
      bytes_per_second: pace,
      eta_seconds: secondsLeft(done, run.bytesTotal, pace),
    };
  }
}
