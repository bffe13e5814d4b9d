import { SETTINGS, SETTING_NAMES } from './settings.js';
import type { SettingName, SettingTexts, SettingValue } from './settings.js';

/** `manual`: typed in by the person who added the app; such an app has no labels. */
export type SettingOrigin = 'default' | 'label' | 'manual' | 'override';

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

/**
 * override > declaration > default, each value with its origin. Pure.
 * @param declaredBy where the declaration came from
 */
export function effectiveSettings(
  declared: SettingTexts,
  overrides: SettingTexts,
  defaults: SettingTexts,
  ceilings: Ceilings,
  declaredBy: 'label' | 'manual' = 'label',
): EffectiveSettings {
  const settings = Object.fromEntries(
    SETTING_NAMES.map((name) => [
      name,
      pick(name, { text: declared[name], by: declaredBy }, overrides[name], defaults[name]),
    ]),
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
  declared: { text: string | undefined; by: 'label' | 'manual' },
  override: string | undefined,
  fallback: string | undefined,
): Setting<unknown> {
  const { text: label, by } = declared;
  const text = override ?? label ?? fallback ?? '';
  const from: SettingOrigin = override !== undefined ? 'override' : label !== undefined ? by : 'default';
  const result = text === '' && name !== 'path' ? null : SETTINGS[name].parse(text);
  const setting: Setting<unknown> = { value: result?.ok === true ? result.value : null, text, from };
  if (override !== undefined && label !== undefined && label !== override) setting.shadowed = label;
  return setting;
}
