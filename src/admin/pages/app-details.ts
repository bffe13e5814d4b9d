import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.entity.js';
import { RunLedger } from '../../backups/run-ledger.js';
import { DECISION_NAMES, mayDecide } from '../../apps/app-decisions.js';
import type { ProblemCode } from '../../apps/problem.js';
import { mayRemove } from '../app-actions.js';
import { AppSchedule } from '../app-schedule.js';
import { AppsReader } from '../apps-reader.js';
import { KeepReasons } from '../keep-reasons.js';
import { appCard } from './app-card.js';
import { backupRow, problemRow } from './app-page.js';
import { asLabels } from './as-labels.js';
import { Overviews } from './overviews.js';
import type { Reader } from './reader.js';
import { runRow } from './run-page.js';
import { settingRows } from './setting-rows.js';
import type { Refused } from './setting-rows.js';

const RUNS_SHOWN = 15;

const SECRET_PROBLEMS: readonly ProblemCode[] = ['token-not-allowed', 'secret-missing'];

/** What its state allows a person to decide. `approve` has a place of its own, above. */
const decisionsOn = (app: App, reader: Reader): object[] =>
  DECISION_NAMES.filter((decision) => decision !== 'approve' && mayDecide(app, decision)).map((decision) => ({
    decision,
    title: reader.say(`decision.${decision}`),
    says: reader.say(`decision.${decision}.says`),
  }));

/** Gathers the page of one app. */
@Injectable()
export class AppDetails {
  constructor(
    private readonly apps: AppsReader,
    private readonly overviews: Overviews,
    private readonly reasons: KeepReasons,
    private readonly ledger: RunLedger,
    private readonly schedule: AppSchedule,
  ) {}

  /** @throws HttpProblem app-not-found */
  appOf(id: string): Promise<App> {
    return this.apps.byId(id);
  }

  async nameOf(app: App): Promise<string> {
    const [overview] = await this.overviews.of([app]);
    return overview?.settings.name.value ?? app.key;
  }

  /** @param refused what was typed and not taken, to be mended @throws HttpProblem app-not-found */
  async read(id: string, prefix: string, refused: Refused | null, reader: Reader): Promise<object> {
    const app = await this.appOf(id);
    const [overviews, plans, runs] = await Promise.all([
      this.overviews.of([app]),
      this.reasons.plansOf(app),
      this.ledger.list({ appId: app.id, limit: RUNS_SHOWN }),
    ]);
    const due = await this.schedule.of(app, {}, reader.lang);
    const cards = overviews.map((overview) => ({
      card: appCard(overview, reader),
      settingRows: settingRows({ app, settings: overview.settings, prefix, due, refused }, reader),
      asLabels: asLabels(overview.settings, prefix),
    }));
    const copies = plans.flatMap(({ copies, plan }) => {
      const reasons = new Map(plan.keep.map((kept) => [kept.id, kept.reasons]));
      return copies.map((copy) => ({ copy, row: backupRow(copy, reasons.get(copy.id) ?? [], reader) }));
    });
    copies.sort((a, b) => b.copy.createdAt.getTime() - a.copy.createdAt.getTime());
    return {
      title: cards[0]?.card.name,
      ...cards[0],
      app: {
        id: app.id,
        key: app.key,
        container: app.containerName,
        image: app.image,
        url: app.manualUrl,
        isManual: app.origin === 'manual',
        hasToken: app.manualToken !== null,
        waits: app.state === 'pending',
        decisions: decisionsOn(app, reader),
        canRemove: mayRemove(app),
        wantsSecret: app.problems.some(({ code }) => SECRET_PROBLEMS.includes(code)),
      },
      refused,
      problems: app.problems.map((one) => problemRow(one, prefix, reader)),
      backups: copies.map(({ row }) => row),
      prunable: plans.reduce((sum, { plan }) => sum + plan.remove.length, 0),
      runs: runs.map((run) => runRow(run, reader)),
    };
  }
}
