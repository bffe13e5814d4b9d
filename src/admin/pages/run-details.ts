import { Injectable } from '@nestjs/common';
import { RunLedger } from '../../backups/run-ledger.js';
import { found } from '../http-problem.js';
import { AppsReader } from '../apps-reader.js';
import { JobPartsReader } from '../job-parts.js';
import { backupRow } from './app-page.js';
import type { Reader } from './reader.js';
import { writeCursor } from '../run-cursor.js';
import { addressOf, filterChoices, runQuery } from './run-filter.js';
import type { RunFilter } from './run-filter.js';
import { runPage, runRow } from './run-page.js';

const PAGE = 40;
/** Often enough to look alive while something runs, seldom otherwise. */
const POLL_OPEN_S = 2;
const POLL_IDLE_S = 15;

/** Gathers the pages about runs. */
@Injectable()
export class RunDetails {
  constructor(
    private readonly ledger: RunLedger,
    private readonly parts: JobPartsReader,
    private readonly apps: AppsReader,
  ) {}

  async list(filter: RunFilter, reader: Reader): Promise<object> {
    const [runs, names] = await Promise.all([
      this.ledger.list(runQuery(filter, PAGE + 1)),
      this.apps.names(),
    ]);
    const shown = runs.slice(0, PAGE);
    const last = shown.at(-1);
    return {
      runs: shown.map((run) => ({ ...runRow(run, reader), appName: names.get(run.appId) ?? run.appId })),
      filter: filterChoices(filter, names, reader),
      isNarrowed: addressOf(filter, '') !== '',
      address: addressOf(filter, filter.before == null ? '' : writeCursor(filter.before)),
      pollS: runs.some((run) => run.state !== 'finished') ? POLL_OPEN_S : POLL_IDLE_S,
      older: runs.length > PAGE && last !== undefined ? addressOf(filter, writeCursor(last)) : null,
    };
  }

  /** @throws HttpProblem job-not-found */
  async read(id: string, reader: Reader): Promise<object> {
    const run = found(await this.ledger.byId(id), 'job-not-found');
    const [parts, names] = await Promise.all([this.parts.of(run), this.apps.names()]);
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
