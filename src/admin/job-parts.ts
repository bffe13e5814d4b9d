import { Injectable } from '@nestjs/common';
import { Catalog } from '../backups/catalog.js';
import { LiveProgress } from '../backups/live-progress.js';
import type { Run } from '../backups/run.entity.js';
import { RunLedger } from '../backups/run-ledger.js';
import type { JobParts } from './api/job.view.js';

/** Gathers what a page or an answer shows of a run. */
@Injectable()
export class JobPartsReader {
  constructor(
    private readonly ledger: RunLedger,
    private readonly catalog: Catalog,
    private readonly progress: LiveProgress,
  ) {}

  async of(run: Run): Promise<JobParts> {
    const [steps, backups] = await Promise.all([this.ledger.steps(run.id), this.catalog.ofRun(run.id)]);
    const [bytesDone, pace] = [this.progress.bytesDone(run.id), this.progress.pace(run.id)];
    return { run, steps, backups, bytesDone, pace };
  }
}
