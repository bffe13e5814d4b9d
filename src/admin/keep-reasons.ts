import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.entity.js';
import { AppsService } from '../apps/apps.service.js';
import type { Backup } from '../backups/backup.entity.js';
import { Catalog } from '../backups/catalog.js';
import type { KeepReason, RetentionPlan } from '../retention/plan-retention.js';

export interface DestinationPlan {
  destination: string;
  copies: Backup[];
  plan: RetentionPlan;
}

/** What retention would do for an app, at each destination on its own. */
@Injectable()
export class KeepReasons {
  constructor(
    private readonly apps: AppsService,
    private readonly catalog: Catalog,
  ) {}

  async plansOf(app: App): Promise<DestinationPlan[]> {
    const [copies, settings] = await Promise.all([this.catalog.ofApp(app.id), this.apps.settingsOf(app)]);
    const names = [...new Set(copies.map((copy) => copy.destination))].sort();
    return names.map((destination) => {
      const there = copies.filter((copy) => copy.destination === destination);
      return { destination, copies: there, plan: this.catalog.plan(there, settings) };
    });
  }

  /** Reasons by backup id; a copy without any is one that the next pruning deletes. */
  async reasonsOf(app: App): Promise<Map<string, readonly KeepReason[]>> {
    const plans = await this.plansOf(app);
    return new Map(plans.flatMap(({ plan }) => plan.keep.map((kept) => [kept.id, kept.reasons] as const)));
  }
}
