import type { AppConfig } from '../config/app-config.js';
import { describeProblem, problem } from './problem.js';
import { SETTINGS, checkSetting } from './settings.js';
import type { SettingName, SettingTexts } from './settings.js';

/** Name of the built-in destination, used while `RCLONE_REMOTE` is not set. */
export const BUILTIN_DESTINATION = 'local';

/**
 * What holds for every app that says nothing else. Pure.
 * @throws Error naming each bad environment key, which refuses the start
 */
export function defaultSettings(config: AppConfig): SettingTexts {
  const problems: string[] = [];
  const checked = (name: SettingName, key: string, raw: string): string => {
    const result = checkSetting(name, raw);
    if (result.ok) return result.value;
    const { says, fix } = describeProblem(problem(result.code, { value: raw }), config.lang);
    problems.push(`${key} "${raw}": ${says} ${fix}`);
    return raw;
  };
  const defaults: SettingTexts = {
    network: config.backupsNetwork,
    scheme: 'http',
    path: '',
    frequency: checked('frequency', 'DEFAULT_FREQUENCY', config.defaultFrequency),
    timezone: config.timezone,
    retention: checked('retention', 'DEFAULT_RETENTION', config.defaultRetention),
    destinations: config.rcloneRemote ?? BUILTIN_DESTINATION,
    timeoutMs: SETTINGS.timeoutMs.print(config.requestTimeoutMs),
    maxSizeBytes: SETTINGS.maxSizeBytes.print(config.maxSizeBytes),
    sizeChangePercent: '50',
    replicas: 'first',
    ...(config.blackout === '' ? {} : { blackout: checked('blackout', 'BLACKOUT', config.blackout) }),
  };
  if (problems.length > 0)
    throw new Error(`The configuration is not valid:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
  return defaults;
}
