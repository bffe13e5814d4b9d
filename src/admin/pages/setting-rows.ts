import type { App } from '../../apps/app.entity.js';
import type { EffectiveSettings } from '../../apps/effective-settings.js';
import { SETTING_NAMES } from '../../apps/settings.js';
import type { SettingName } from '../../apps/settings.js';
import { jsonNameOf, labelNameOf } from '../api/setting-names.js';
import type { Due } from '../app-schedule.js';
import { labelLine } from './as-labels.js';
import type { Reader } from './reader.js';

/** A value that was typed for a setting and not taken. */
export interface Refused {
  setting: SettingName;
  value: string;
  says: string;
}

interface SettingsShown {
  app: App;
  settings: EffectiveSettings;
  prefix: string;
  due: Due;
  refused: Refused | null;
}

/** These mean something only where a container is asked. */
const ONLY_LABELLED: readonly SettingName[] = ['network', 'port', 'scheme', 'path', 'tokenRef', 'replicas'];

export function settingRows(shown: SettingsShown, reader: Reader): object[] {
  const { app } = shown;
  return SETTING_NAMES.filter((name) => app.origin === 'label' || !ONLY_LABELLED.includes(name)).map((name) =>
    settingRow(name, shown, reader),
  );
}

function settingRow(name: SettingName, shown: SettingsShown, reader: Reader): object {
  const { app, settings, prefix, due } = shown;
  const { text, from, shadowed } = settings[name];
  const refused = shown.refused?.setting === name ? shown.refused : null;
  const isOverride = from === 'override';
  const resetKey = app.origin === 'manual' || app.declaration[name] === undefined ? 'resetDefault' : 'reset';
  const driftKey = app.origin === 'manual' ? 'setting.driftManual' : 'setting.drift';
  return {
    id: jsonNameOf(name),
    title: reader.say(`setting.${jsonNameOf(name)}`),
    label: `${prefix}.${labelNameOf(name)}`,
    value: text,
    typed: refused?.value ?? text,
    refused: refused?.says ?? null,
    unset: text === '' ? reader.say(`unset.${jsonNameOf(name)}`) : null,
    origin: reader.say(`origin.${from}`),
    from,
    isOverride,
    resetTitle: reader.say(`setting.${resetKey}`),
    asLabel: isOverride ? labelLine(prefix, name, text) : null,
    drift: shadowed === undefined ? null : reader.say(driftKey, { value: shadowed }),
    due: name === 'frequency' ? dueRow(due, reader) : null,
  };
}

/** A frequency in words, and the next runs. */
export const dueRow = (due: Due, reader: Reader): object => ({
  words: due.words,
  timezone: due.timezone,
  next: due.next.map((at) => reader.momentIn(at, due.timezone)),
});
