import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Notifier } from '../alerts/notifier.js';
import { AppDestinations } from '../apps/app-destinations.js';
import { DestinationHealth } from '../destinations/destination-health.js';
import type { DestinationRow, HealthState } from '../destinations/destination.entity.js';

/** Says when a destination falls ill, gets worse, and is well again. */
@Injectable()
export class DestinationAlerts implements OnModuleInit {
  constructor(
    private readonly health: DestinationHealth,
    private readonly apps: AppDestinations,
    private readonly notifier: Notifier,
  ) {}

  onModuleInit(): void {
    this.health.onChange((row, before) => this.tell(row, before));
  }

  private async tell(row: DestinationRow, before: HealthState): Promise<void> {
    const { healthState: state } = row;
    // A new destination that is well is no news.
    if (state === 'unknown' || (state === 'ok' && before === 'unknown')) return;
    const users = await this.apps.of(row.name);
    await this.notifier.notifyDestination({
      destination: row.name,
      state,
      error: row.healthCode === null ? null : { code: row.healthCode, detail: row.healthDetail ?? '' },
      unwellSince: row.unwellSince,
      apps: users.map(({ name }) => name),
    });
  }
}
