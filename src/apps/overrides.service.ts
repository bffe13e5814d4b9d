import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { AppOverride } from './app-override.entity.js';
import { App } from './app.entity.js';
import { addAuditEntry } from './audit-entry.entity.js';
import { problem } from './problem.js';
import type { Problem } from './problem.js';
import { checkSetting } from './settings.js';
import type { SettingName } from './settings.js';

/** The wanted text of each setting; null takes the override away. */
export type OverrideChanges = Partial<Record<SettingName, string | null>>;

/** A changed one of these moves the next run. */
const MOVES_THE_SCHEDULE: readonly SettingName[] = ['frequency', 'timezone'];

/** Writes the values that an admin set over the labels, each with who did it and what was there before. */
@Injectable()
export class OverridesService {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** All or nothing. @returns what is wrong with the values, by setting; empty = done */
  async change(appId: string, changes: OverrideChanges, who: string): Promise<Map<SettingName, Problem>> {
    const wrong = new Map<SettingName, Problem>();
    const wanted = new Map<SettingName, string | null>();
    for (const [setting, raw] of Object.entries(changes) as [SettingName, string | null][]) {
      const checked = raw === null ? null : checkSetting(setting, raw);
      if (checked?.ok === false)
        wrong.set(setting, problem(checked.code, { label: setting, value: raw ?? '' }));
      else wanted.set(setting, checked === null ? null : checked.value);
    }
    const network = wanted.get('network');
    if (typeof network === 'string' && !this.config.allowedNetworks.includes(network)) {
      const params = { network, default: this.config.backupsNetwork };
      wrong.set('network', problem('network-not-allowed', { label: 'network', value: network, params }));
    }
    if (wrong.size === 0) await this.write(appId, wanted, who);
    return wrong;
  }

  private async write(
    appId: string,
    wanted: ReadonlyMap<SettingName, string | null>,
    who: string,
  ): Promise<void> {
    const at = this.clock.now();
    await this.db.transaction(async (tx) => {
      for (const [setting, value] of wanted) {
        const overrides = tx.getRepository(AppOverride);
        const before = (await overrides.findOneBy({ appId, setting }))?.value ?? null;
        if (before === value) continue;
        if (value === null) await overrides.delete({ appId, setting });
        else await overrides.save({ appId, setting, value, setBy: who, setAt: at });
        const action = value === null ? 'override-removed' : 'override-set';
        await addAuditEntry(tx, at, { who, action, subject: `${appId}/${setting}`, before, after: value });
        // The due loop works out the next run of an app that has none.
        if (MOVES_THE_SCHEDULE.includes(setting))
          await tx.getRepository(App).update({ id: appId }, { nextRunAt: null });
      }
    });
  }
}
