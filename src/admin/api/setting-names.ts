import { SETTING_NAMES } from '../../apps/settings.js';
import type { SettingName } from '../../apps/settings.js';

/** JSON names are those of the labels, in snake_case: the unit is part of the text there (`30m`, `20gb`). */
const SPECIAL: Partial<Record<SettingName, string>> = {
  timeoutMs: 'timeout',
  maxSizeBytes: 'max_size',
  minSizeBytes: 'min_size',
  sizeChangePercent: 'size_change',
};

export const jsonNameOf = (name: SettingName): string =>
  SPECIAL[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The label key of a setting, without the prefix. */
export const labelNameOf = (name: SettingName): string => jsonNameOf(name).replaceAll('_', '-');

export const SETTING_BY_JSON_NAME: ReadonlyMap<string, SettingName> = new Map(
  SETTING_NAMES.map((name) => [jsonNameOf(name), name]),
);
