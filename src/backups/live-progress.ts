import { Injectable } from '@nestjs/common';

interface Progress {
  bytes: number;
  /** When the first byte came, on the clock that only grows. */
  sinceMs: number;
}

/** How far the runs that are under way have come; in memory only. */
@Injectable()
export class LiveProgress {
  private readonly runs = new Map<string, Progress>();

  add(runId: string, count: number): void {
    const progress = this.runs.get(runId);
    if (progress === undefined) this.runs.set(runId, { bytes: count, sinceMs: performance.now() });
    else progress.bytes += count;
  }

  /** Bytes sent so far; null when the run is not under way. */
  bytesDone(runId: string): number | null {
    return this.runs.get(runId)?.bytes ?? null;
  }

  /** Bytes per second since the first one; null before that. */
  pace(runId: string): number | null {
    const progress = this.runs.get(runId);
    if (progress === undefined) return null;
    const seconds = Math.max(1, performance.now() - progress.sinceMs) / 1000;
    return Math.round(progress.bytes / seconds);
  }

  end(runId: string): void {
    this.runs.delete(runId);
  }
}

/** Seconds to go at a pace; null when the whole is not known or nothing moves. Pure. */
export function secondsLeft(done: number, total: number | null, pace: number | null): number | null {
  return total === null || pace === null || pace === 0 ? null : Math.ceil(Math.max(0, total - done) / pace);
}
