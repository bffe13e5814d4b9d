import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.entity.js';
import { AppsService } from '../../apps/apps.service.js';
import { Catalog } from '../../backups/catalog.js';
import { RunLedger } from '../../backups/run-ledger.js';
import { OverdueService } from '../../schedule/overdue.service.js';
import type { AppOverview } from './app-card.js';

/** Gathers what the pages say about apps, with a fixed number of queries. */
@Injectable()
export class Overviews {
  constructor(
    private readonly apps: AppsService,
    private readonly catalog: Catalog,
    private readonly ledger: RunLedger,
    private readonly overdue: OverdueService,
  ) {}

  async all(): Promise<AppOverview[]> {
    return this.of(await this.apps.all());
  }

  async of(apps: readonly App[]): Promise<AppOverview[]> {
    const [latest, lastGood, overdue, settingsById] = await Promise.all([
      this.ledger.latestByApp(),
      this.catalog.lastGoodByApp(),
      this.overdue.all(),
      this.apps.settingsOfEach(apps),
    ]);
    return apps.flatMap((app) => {
      const settings = settingsById.get(app.id);
      if (settings === undefined) return [];
      return {
        app,
        settings,
        latest: latest.get(app.id) ?? null,
        lastGoodAt: lastGood.get(app.id) ?? null,
        overdueSince: overdue.get(app.id) ?? null,
      };
    });
  }
}
