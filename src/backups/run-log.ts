import { Logger } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { DataSource } from 'typeorm';
import type { Clock } from '../core/clock.js';
import { messageOf } from '../core/failure.js';
import { redact } from '../core/redact.js';
import { RunLogLine } from './run-log.entity.js';

const MOST_LINES = 1000;
const MOST_CHARS = 2000;
/** Lines wait this long for company: a row of its own for each would cost a small run half its time. */
const FLUSH_MS = 1000;
/** SQLite takes 32,766 parameters in one statement; five belong to a line. */
const LINES_AT_ONCE = 500;

type Fresh = Pick<RunLogLine, 'at' | 'level' | 'line'>;

/** What each run had to say, line by line, bounded; kept for as long as the agent is told to. */
export class RunLog {
  private readonly logger = new Logger(RunLog.name);
  private readonly waiting = new Map<string, Fresh[]>();
  /** How many lines are kept of each run that has not ended, as far as it was asked for. */
  private readonly kept = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  /** A run that nothing was ever written of. */
  begin(runId: string): void {
    this.kept.set(runId, 0);
  }

  write(runId: string, level: RunLogLine['level'], line: string): void {
    const lines = this.waiting.get(runId) ?? [];
    this.waiting.set(runId, lines);
    if (lines.length > MOST_LINES) return;
    lines.push({ at: this.clock.now(), level, line: redact(line).slice(0, MOST_CHARS) });
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Writes what waits. Never rejects: a run is not worth less because its log could not be kept. */
  flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const taken = [...this.waiting];
    this.waiting.clear();
    return this.append(taken);
  }

  /** Writes what waits of a run that has ended. Never rejects. */
  async end(runId: string): Promise<void> {
    const lines = this.waiting.get(runId) ?? [];
    this.waiting.delete(runId);
    await this.append([[runId, lines]]);
    this.kept.delete(runId);
  }

  /** In order. */
  async of(runId: string): Promise<RunLogLine[]> {
    await this.flush();
    return this.db.getRepository(RunLogLine).find({ where: { runId }, order: { position: 'ASC' } });
  }

  async removeBefore(before: Date): Promise<void> {
    await this.db.getRepository(RunLogLine).delete({ at: LessThan(before) });
  }

  private append(taken: (readonly [string, readonly Fresh[]])[]): Promise<void> {
    this.writing = this.writing
      .then(async () => {
        for (const [runId, lines] of taken) if (lines.length > 0) await this.appendTo(runId, lines);
      })
      .catch((error: unknown) => this.logger.debug(`log lines of runs were lost: ${messageOf(error)}`));
    return this.writing;
  }

  private async appendTo(runId: string, lines: readonly Fresh[]): Promise<void> {
    const repository = this.db.getRepository(RunLogLine);
    const last = this.kept.get(runId) ?? (await repository.maximum('position', { runId })) ?? 0;
    const room = MOST_LINES - last;
    if (room <= 0) return;
    const kept = lines.length < room ? lines : [...lines.slice(0, room - 1), cutOff(lines)];
    const rows = kept.map((line, index) => ({ runId, position: last + 1 + index, ...line }));
    for (let at = 0; at < rows.length; at += LINES_AT_ONCE) {
      await repository.insert(rows.slice(at, at + LINES_AT_ONCE));
      this.kept.set(runId, last + Math.min(rows.length, at + LINES_AT_ONCE));
    }
  }
}

const cutOff = (lines: readonly Fresh[]): Fresh => ({
  at: lines.at(-1)?.at ?? new Date(0),
  level: 'warn',
  line: `more than ${MOST_LINES} lines; the rest is not kept`,
});
