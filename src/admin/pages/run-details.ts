import { Injectable } from '@nestjs/common';
import { RunLedger } from '../../backups/run-ledger.js';
import type { RunQuery } from '../../backups/run-ledger.js';
import { found } from '../http-problem.js';
import { JobPartsReader } from '../job-parts.js';
import { backupRow } from './app-page.js';
import { Overviews } from './overviews.js';
import type { Reader } from './reader.js';
import { runPage, runRow } from './run-page.js';

const PAGE = 40;

/** Gathers the pages about runs. */
@Injectable()
export class RunDetails {
  constructor(
    private readonly ledger: RunLedger,
    private readonly parts: JobPartsReader,
    private readonly overviews: Overviews,
  ) {}

  async list(before: Date | null, reader: Reader): Promise<object> {
    const query: RunQuery = { limit: PAGE + 1 };
    if (before !== null && !Number.isNaN(before.getTime())) query.before = before;
    const [runs, names] = await Promise.all([this.ledger.list(query), this.overviews.names()]);
    const shown = runs.slice(0, PAGE);
    return {
      runs: shown.map((run) => ({
        ...runRow(run, reader),
        appId: run.appId,
        appName: names.get(run.appId) ?? run.appId,
      })),
      older: runs.length > PAGE ? shown.at(-1)?.queuedAt.toISOString() : null,
    };
  }

  /** @throws HttpProblem job-not-found */
  async read(id: string, reader: Reader): Promise<object> {
    const run = found(await this.ledger.byId(id), 'job-not-found');
    const [parts, names] = await Promise.all([this.parts.of(run), this.overviews.names()]);
    const appName = names.get(run.appId) ?? null;
    const name = appName ?? reader.say('run.goneApp');
    return {
      title: reader.say('run.title', { app: name }),
      name,
      app: appName === null ? null : { id: run.appId, name: appName },
      run: runPage(parts, reader),
      backups: parts.backups.map((backup) => backupRow(backup, [], reader)),
    };
  }
}
