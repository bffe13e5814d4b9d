import type { EffectiveSettings } from '../../apps/effective-settings.js';
import { SETTING_NAMES } from '../../apps/settings.js';
import type { SettingName } from '../../apps/settings.js';
import { labelNameOf } from '../api/setting-names.js';

/** One line of a compose file. Compose reads `$` as the start of a variable, so it is doubled. Pure. */
export function labelLine(prefix: string, name: SettingName, text: string): string {
  return `${prefix}.${labelNameOf(name)}: ${JSON.stringify(text).replaceAll('$', '$$$$')}`;
}

/** The labels that would say the same as all that is set; defaults are left out. Pure. */
export function asLabels(settings: EffectiveSettings, prefix: string): string {
  const lines = SETTING_NAMES.filter(
    (name) => settings[name].from !== 'default' && settings[name].text !== '',
  ).map((name) => `  ${labelLine(prefix, name, settings[name].text)}`);
  return ['labels:', `  ${prefix}.enable: "true"`, ...lines].join('\n');
}
