import { asFailure } from '../core/failure.js';
import type { Clock } from '../core/clock.js';
import { redact } from '../core/redact.js';
import type { StepName } from './backup-order.js';
import type { RunLedger } from './run-ledger.js';
import { RunStep } from './run.entity.js';

const MOST_DETAIL = 4000;

/** Writes the steps of one run as they begin and end. */
export class RunRecorder {
  private position: number;

  /** @param run `after` is the position of the last step that it already has */
  constructor(
    private readonly run: { id: string; attempt: number; after: number },
    private readonly ledger: RunLedger,
    private readonly clock: Clock,
  ) {
    this.position = run.after;
  }

  async step<T>(name: StepName, work: (note: (line: string) => void) => Promise<T>): Promise<T> {
    const row = new RunStep();
    const notes: string[] = [];
    this.position += 1;
    Object.assign(row, {
      runId: this.run.id,
      attempt: this.run.attempt,
      position: this.position,
      name,
      outcome: 'running',
      detail: '',
    });
    row.startedAt = this.clock.now();
    row.finishedAt = null;
    this.ledger.noteStep(row);
    try {
      const result = await work((line) => {
        notes.push(redact(line));
        this.ledger.log.write(this.run.id, 'log', `${name}: ${line}`);
      });
      row.outcome = 'ok';
      this.ledger.log.write(this.run.id, 'log', `${name}: done`);
      return result;
    } catch (error) {
      row.outcome = 'failed';
      const said = asFailure(error).message;
      if (!notes.some((note) => note.includes(said))) notes.push(said);
      this.ledger.log.write(this.run.id, 'error', `${name}: ${said}`);
      throw error;
    } finally {
      row.detail = notes.join('\n').slice(0, MOST_DETAIL);
      row.finishedAt = this.clock.now();
      this.ledger.noteStep(row);
    }
  }
}
