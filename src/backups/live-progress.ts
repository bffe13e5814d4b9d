import { Injectable } from '@nestjs/common';

/** How far the runs that are under way have come; in memory only. */
@Injectable()
export class LiveProgress {
  private readonly bytes = new Map<string, number>();

  add(runId: string, count: number): void {
    this.bytes.set(runId, (this.bytes.get(runId) ?? 0) + count);
  }

  /** Bytes sent so far; null when the run is not under way. */
  bytesDone(runId: string): number | null {
    return this.bytes.get(runId) ?? null;
  }

  end(runId: string): void {
    this.bytes.delete(runId);
  }
}
