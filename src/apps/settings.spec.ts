import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfig } from '../config/load-config.js';
import { defaultSettings } from './default-settings.js';
import { effectiveSettings } from './effective-settings.js';
import { isShrinking, parseRetention } from './retention-policy.js';
import { checkSetting, SETTING_NAMES } from './settings.js';
import type { SettingName } from './settings.js';

const accepted: [SettingName, string, string][] = [
  ['frequency', 'Daily', 'daily'],
  ['frequency', '@weekly', 'weekly'],
  ['frequency', 'daily@3:05', 'daily@03:05'],
  ['frequency', 'weekly@SUN-03:00', 'weekly@sun-03:00'],
  ['frequency', 'every 90m', 'every 90m'],
  ['frequency', '@every 6h', 'every 6h'],
  ['frequency', 'every 2d', 'every 48h'],
  ['frequency', '0 3 * * mon-fri', '0 3 * * mon-fri'],
  ['retention', 'daily=7, weekly=4', 'daily=7,weekly=4,min=3'],
  ['retention', 'Last=5,min=1', 'last=5,min=1'],
  ['destinations', 'gdrive, nas:photos/2026', 'gdrive,nas:photos/2026'],
  ['destinations', 'nas:/photos/', 'nas:photos'],
  ['tokenRef', 'env:BACKUP_TOKEN', 'env:BACKUP_TOKEN'],
  ['tokenRef', 'secret:ghost-app', 'secret:ghost-app'],
  ['tokenRef', 'NONE', 'none'],
  ['port', '8080', '8080'],
  ['path', '/api/v1/', '/api/v1'],
  ['path', '', ''],
  ['timeoutMs', '90', '90s'],
  ['timeoutMs', '120s', '2m'],
  ['maxSizeBytes', '2048', '2gb'],
  ['maxSizeBytes', '500MB', '500mb'],
  ['minSizeBytes', '1000b', '1000b'],
  ['minSizeBytes', '2', '2mb'],
  ['timezone', 'Europe/Madrid', 'Europe/Madrid'],
];

const refusedValues: [SettingName, string][] = [
  ['frequency', 'dayly'],
  ['frequency', 'daily@24:00'],
  ['frequency', 'every 1m'],
  ['frequency', '0 3 * *'],
  ['frequency', '0 0 31 2 *'],
  ['frequency', '99 * * * *'],
  ['retention', '7d'],
  ['retention', 'daily=7,daily=8'],
  ['retention', 'min=0'],
  ['retention', ''],
  ['destinations', ':local:/etc'],
  ['destinations', 'loc,copy_links=true:/etc'],
  ['destinations', 'nas:../../etc'],
  ['destinations', 'nas:a/./b'],
  ['destinations', '-nas'],
  ['destinations', 'nas,nas'],
  ['destinations', 'nas:a\u0000b'],
  ['tokenRef', 'hunter2-is-my-password'],
  ['tokenRef', 'env:A B'],
  ['port', '0'],
  ['port', '65536'],
  ['path', '/a/../b'],
  ['path', '//evil.example'],
  ['path', '/a%2e%2e'],
  ['path', '\\\\evil'],
  ['path', '/a?b'],
  ['timezone', 'Mars/Olympus'],
  ['timezone', '+02:00'],
  ['sizeChangePercent', '0'],
  ['minSizeBytes', '0'],
  ['minSizeBytes', '-1'],
];

describe('checkSetting', () => {
  it.each(accepted)('%s: %j is read as %j', (name, raw, canonical) => {
    expect(checkSetting(name, raw)).toEqual({ ok: true, value: canonical });
  });

  it.each(refusedValues)('%s: %j is refused', (name, raw) => {
    expect(checkSetting(name, raw).ok).toBe(false);
  });

  it('never throws, and what it accepts it accepts again unchanged', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SETTING_NAMES),
        fc.string({ unit: 'binary', maxLength: 60 }),
        (name, raw) => {
          const first = checkSetting(name, raw);
          if (first.ok) expect(checkSetting(name, first.value)).toEqual(first);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('reads every policy that it writes', () => {
    const counts = fc.integer({ min: 0, max: 9999 });
    const policies = fc.record({
      last: counts,
      daily: counts,
      weekly: counts,
      monthly: counts,
      yearly: counts,
      min: fc.integer({ min: 1, max: 9999 }),
    });
    fc.assert(
      fc.property(policies, (policy) => {
        const text = `last=${policy.last},daily=${policy.daily},weekly=${policy.weekly},monthly=${policy.monthly},yearly=${policy.yearly},min=${policy.min}`;
        const result = checkSetting('retention', text);
        expect(result.ok && parseRetention(result.value)).toEqual({ ok: true, value: policy });
      }),
    );
  });
});

describe('effectiveSettings', () => {
  const defaults = { frequency: 'daily', timezone: 'UTC', timeoutMs: '6h', maxSizeBytes: '1gb', path: '' };
  const ceilings = { timeoutMs: 3_600_000, maxSizeBytes: 1024 ** 3 };

  it('says where each value came from, and what an override hides', () => {
    const settings = effectiveSettings(
      { frequency: 'weekly', timezone: 'Europe/Madrid' },
      { frequency: 'hourly' },
      defaults,
      ceilings,
    );
    expect(settings.frequency).toEqual({
      value: { kind: 'word', word: 'hourly' },
      text: 'hourly',
      from: 'override',
      shadowed: 'weekly',
    });
    expect(settings.timezone).toMatchObject({ value: 'Europe/Madrid', from: 'label' });
    expect(settings.path).toEqual({ value: '', text: '', from: 'default' });
    expect(settings.port).toEqual({ value: null, text: '', from: 'default' });
  });

  it('does not call it drift when the override says the same as the label', () => {
    const settings = effectiveSettings({ frequency: 'weekly' }, { frequency: 'weekly' }, defaults, ceilings);
    expect(settings.frequency.shadowed).toBeUndefined();
  });

  it('lets labels and overrides only lower the ceilings of the agent', () => {
    const higher = effectiveSettings({ timeoutMs: '2h' }, { maxSizeBytes: '9gb' }, defaults, ceilings);
    expect(higher.timeoutMs).toMatchObject({ value: 3_600_000, text: '1h' });
    expect(higher.maxSizeBytes).toMatchObject({ value: 1024 ** 3, text: '1gb' });
    expect(effectiveSettings({ timeoutMs: '5m' }, {}, defaults, ceilings).timeoutMs.value).toBe(300_000);
  });
});

describe('defaultSettings', () => {
  const config = loadConfig({ APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'a-long-enough-pass' });

  it('names every bad key of the environment', () => {
    const bad = Object.assign({}, config, {
      defaultFrequency: 'dayly',
      defaultRetention: '7d',
      blackout: 'noon',
    });
    expect(() => defaultSettings(bad)).toThrow(
      /DEFAULT_FREQUENCY "dayly"[^]*DEFAULT_RETENTION "7d"[^]*BLACKOUT "noon"/,
    );
  });

  it('are all valid', () => {
    for (const [name, text] of Object.entries(
      defaultSettings(Object.assign({}, config, { blackout: '22:00-06:00' })),
    )) {
      expect(checkSetting(name as SettingName, text)).toMatchObject({ ok: true });
    }
  });
});

describe('isShrinking', () => {
  const policy = (text: string) => {
    const result = parseRetention(text);
    if (!result.ok) throw new Error(text);
    return result.value;
  };
  it.each([
    ['daily=7', 'daily=6', true],
    ['daily=7', 'daily=7,weekly=4', false],
    ['daily=7,weekly=4', 'daily=30', true],
    ['min=3', 'daily=30', true],
    ['daily=30', 'min=3', false],
  ])('from %s to %s: %s', (from, to, expected) => {
    expect(isShrinking(policy(from), policy(to))).toBe(expected);
  });
});
