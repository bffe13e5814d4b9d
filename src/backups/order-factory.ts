import { Injectable } from '@nestjs/common';
import { AppsService } from '../apps/apps.service.js';
import type { App } from '../apps/app.entity.js';
import type { EffectiveSettings } from '../apps/effective-settings.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { wholeName } from '../destinations/drive-root.js';
import type { ExportSource } from '../exporters/exporter.js';
import type { BackupOrder } from './backup-order.js';
import type { Run } from './run.entity.js';

/** Turns an app as it is now into the order for one run. */
@Injectable()
export class OrderFactory {
  constructor(
    private readonly apps: AppsService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * A retry goes only to the destinations that earlier attempts did not reach.
   * @returns a failure when the app is gone, or its token cannot be opened with the agent's present key
   */
  async make(run: Run): Promise<BackupOrder | BackupFailure> {
    const app = await this.apps.byId(run.appId);
    if (app === null) return new BackupFailure('app-not-active', { detail: 'the app was deleted' });
    const settings = await this.apps.settingsOf(app);
    const source = this.sourceOf(app, settings, run.appJob?.statusPath ?? null);
    if (source instanceof BackupFailure) return source;
    const order = this.orderFor(run, app, settings, source);
    const done = new Set(
      run.plannedCopies
        .filter((copy) => copy.outcome === 'stored')
        .map((copy) => wholeName(copy.destination)),
    );
    return { ...order, targets: order.targets.filter((target) => !done.has(target.destination)) };
  }

  /** Whom to ask. @returns a failure when the app's token cannot be opened with the agent's present key */
  sourceOf(app: App, settings: EffectiveSettings, pendingJob: string | null): ExportSource | BackupFailure {
    try {
      return {
        appId: app.id,
        appName: settings.name.value,
        containerId: app.containerId,
        containerName: app.containerName,
        url: app.manualUrl,
        token: this.apps.openToken(app),
        project: app.project,
        service: app.service,
        settings,
        pendingJob,
      };
    } catch (error) {
      const detail = 'APP_SECRET_KEY is not the one it was stored with';
      return new BackupFailure('token-missing', { detail }, { cause: error });
    }
  }

  private orderFor(run: Run, app: App, settings: EffectiveSettings, source: ExportSource): BackupOrder {
    const { appJob } = run;
    const usedMs = appJob === null ? 0 : this.clock.now().getTime() - Date.parse(appJob.since);
    return {
      runId: run.id,
      appId: app.id,
      app: { key: app.key, name: settings.name.value, slug: app.slug },
      at: this.clock.now(),
      source,
      limitMs: Math.max(1, settings.timeoutMs.value - usedMs),
      targets: settings.destinations.value.map(({ name, folder }) => ({
        destination: name,
        folder: folder ?? app.slug,
      })),
      driveFolderId: settings.driveFolderId.value,
      retention: settings.retention.value,
      minSizeBytes: settings.minSizeBytes.value,
      sizeChangePercent: settings.sizeChangePercent.value,
      timezone: settings.timezone.value,
      namesTimezone: this.config.timezone,
      agentVersion: this.config.agentVersion,
    };
  }
}
