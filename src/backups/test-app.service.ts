import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.entity.js';
import { AppsService } from '../apps/apps.service.js';
import { Checklist } from '../core/checklist.js';
import type { Check } from '../core/checklist.js';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { Destinations } from '../destinations/destination.js';
import { freshProbe, tryDestination } from '../destinations/try-destination.js';
import { Exporter } from '../exporters/exporter.js';
import type { AppCheck } from '../exporters/exporter.js';
import { OrderFactory } from './order-factory.js';
import type { ExportCheck } from './try-export.js';
import { tryExport } from './try-export.js';

export type TestCheck = AppCheck | ExportCheck | 'destination';

/** A person waits for the answer. */
const LIMIT_MS = 60_000;

/** Tries the whole way of a backup without storing one. */
@Injectable()
export class TestAppService {
  constructor(
    private readonly apps: AppsService,
    private readonly orders: OrderFactory,
    private readonly exporter: Exporter,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks the app for an export, reads the beginning of it (all of it, when it is small) and lets the rest go;
   * writes, reads and deletes a small object at each destination. Never rejects.
   */
  async test(app: App, gone: AbortSignal): Promise<Check<TestCheck>[]> {
    const checklist = new Checklist<TestCheck>(this.clock);
    const settings = await this.apps.settingsOf(app);
    const signal = AbortSignal.any([gone, AbortSignal.timeout(LIMIT_MS)]);
    const source = this.orders.sourceOf(app, settings, null);
    if (source instanceof BackupFailure) await checklist.next('resolve', () => Promise.reject(source));
    else {
      await this.exporter.check(source, checklist, signal);
      await tryExport(this.exporter, source, checklist, signal);
    }
    for (const { name } of settings.destinations.value) {
      await checklist.always('destination', name, async () => {
        await tryDestination(await this.destinations.byName(name), freshProbe(this.clock.now()));
        return '';
      });
    }
    return checklist.checks;
  }
}
