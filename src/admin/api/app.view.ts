import type { App } from '../../apps/app.entity.js';
import type { EffectiveSettings, Setting } from '../../apps/effective-settings.js';
import { describeProblem, severityOf } from '../../apps/problem.js';
import type { Problem } from '../../apps/problem.js';
import { SETTING_NAMES } from '../../apps/settings.js';
import type { Lang } from '../lang.js';
import { jsonNameOf } from './setting-names.js';

interface SettingJson {
  value: string | null;
  from: Setting<unknown>['from'];
  shadowed?: string;
}

export function problemJson(found: Problem, lang: Lang): object {
  const { says, fix } = describeProblem(found, lang);
  return {
    code: found.code,
    severity: severityOf(found.code),
    label: found.label,
    value: found.value,
    message: says,
    fix,
  };
}

export function settingsJson(settings: EffectiveSettings): Record<string, SettingJson> {
  return Object.fromEntries(
    SETTING_NAMES.map((name) => {
      const { text, from, shadowed } = settings[name];
      return [
        jsonNameOf(name),
        { value: text === '' ? null : text, from, ...(shadowed === undefined ? {} : { shadowed }) },
      ];
    }),
  );
}

/** An app as the API shows it. */
export function appJson(app: App, settings: EffectiveSettings, lastGoodAt: Date | null, lang: Lang): object {
  const container =
    app.containerId === null ? null : { id: app.containerId, name: app.containerName, image: app.image };
  return {
    id: app.id,
    key: app.key,
    name: settings.name.value,
    origin: app.origin,
    state: app.state,
    problems: app.problems.map((one) => problemJson(one, lang)),
    container,
    url: app.manualUrl,
    settings: settingsJson(settings),
    last_good_backup_at: lastGoodAt?.toISOString() ?? null,
    next_run_at: app.nextRunAt?.toISOString() ?? null,
    created_at: app.createdAt.toISOString(),
    updated_at: app.updatedAt.toISOString(),
  };
}
