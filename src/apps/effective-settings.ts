import { SETTINGS, SETTING_NAMES } from './settings.js';
import type { SettingName, SettingTexts, SettingValue } from './settings.js';

export type SettingOrigin = 'default' | 'label' | 'override';

/** A value with where it came from; `shadowed` is a different label value that an override hides (drift). */
export interface Setting<T> {
  value: T;
  /** The canonical text of `value`; empty when it is unset. */
  text: string;
  from: SettingOrigin;
  shadowed?: string;
}

/** Settings that may be unset: their meaning is then found elsewhere (the only exposed port, every channel). */
export type OptionalSetting = 'port' | 'driveFolderId' | 'notify' | 'blackout' | 'minSizeBytes';

export type EffectiveSettings = {
  readonly [K in SettingName]: Setting<K extends OptionalSetting ? SettingValue<K> | null : SettingValue<K>>;
};

/** Agent-wide ceilings that labels may only lower. */
export interface Ceilings {
  timeoutMs: number;
  maxSizeBytes: number;
}

/** override > label > default, each value with its origin. Pure. */
export function effectiveSettings(
  declared: SettingTexts,
  overrides: SettingTexts,
  defaults: SettingTexts,
  ceilings: Ceilings,
): EffectiveSettings {
  const settings = Object.fromEntries(
    SETTING_NAMES.map((name) => [name, pick(name, declared[name], overrides[name], defaults[name])]),
  );
  for (const name of ['timeoutMs', 'maxSizeBytes'] as const) {
    const setting = settings[name] as Setting<number>;
    if (setting.value > ceilings[name]) {
      setting.value = ceilings[name];
      setting.text = SETTINGS[name].print(ceilings[name]);
    }
  }
  return settings as EffectiveSettings;
}

function pick(
  name: SettingName,
  label: string | undefined,
  override: string | undefined,
  fallback: string | undefined,
): Setting<unknown> {
  const text = override ?? label ?? fallback ?? '';
  const from: SettingOrigin = override !== undefined ? 'override' : label !== undefined ? 'label' : 'default';
  const result = text === '' && name !== 'path' ? null : SETTINGS[name].parse(text);
  const setting: Setting<unknown> = { value: result?.ok === true ? result.value : null, text, from };
  if (override !== undefined && label !== undefined && label !== override) setting.shadowed = label;
  return setting;
}
