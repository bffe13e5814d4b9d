import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { App } from '../../apps/app.entity.js';
import { RunLedger } from '../../backups/run-ledger.js';
import { AppsReader } from '../apps-reader.js';
import { KeepReasons } from '../keep-reasons.js';
import { appCard } from './app-card.js';
import { backupRow, problemRow, settingRows } from './app-page.js';
import { Overviews } from './overviews.js';
import type { Reader } from './reader.js';
import { runRow } from './run-page.js';

const RUNS_SHOWN = 15;

/** Gathers the page of one app. */
@Injectable()
export class AppDetails {
  constructor(
    private readonly apps: AppsReader,
    private readonly overviews: Overviews,
    private readonly reasons: KeepReasons,
    private readonly ledger: RunLedger,
    private readonly config: AppConfig,
  ) {}

  /** @throws HttpProblem app-not-found */
  appOf(id: string): Promise<App> {
    return this.apps.byId(id);
  }

  async nameOf(app: App): Promise<string> {
    const [overview] = await this.overviews.of([app]);
    return overview?.settings.name.value ?? app.key;
  }

  /** @throws HttpProblem app-not-found */
  async read(id: string, reader: Reader): Promise<object> {
    const app = await this.appOf(id);
    const [overviews, plans, runs] = await Promise.all([
      this.overviews.of([app]),
      this.reasons.plansOf(app),
      this.ledger.list({ appId: app.id, limit: RUNS_SHOWN }),
    ]);
    const prefix = this.config.labelPrefix;
    const cards = overviews.map((overview) => ({
      card: appCard(overview, reader),
      settingRows: settingRows(app, overview.settings, prefix, reader),
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
      },
      problems: app.problems.map((one) => problemRow(one, prefix, reader)),
      backups: copies.map(({ row }) => row),
      prunable: plans.reduce((sum, { plan }) => sum + plan.remove.length, 0),
      runs: runs.map((run) => runRow(run, reader)),
    };
  }
}
