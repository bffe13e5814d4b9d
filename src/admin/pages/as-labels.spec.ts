import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { readLabels } from '../../discovery/labels.js';
import { defaultSettings } from '../../apps/default-settings.js';
import { effectiveSettings } from '../../apps/effective-settings.js';
import type { SettingTexts } from '../../apps/settings.js';
import { loadConfig } from '../../config/load-config.js';
import { asLabels } from './as-labels.js';

const config = loadConfig({ APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'a-long-enough-pass' });
const settingsOf = (labels: SettingTexts, overrides: SettingTexts) =>
  effectiveSettings(
    labels,
    overrides,
    { ...defaultSettings(config), name: 'x' },
    { timeoutMs: 9e9, maxSizeBytes: 9e15 },
  );

/** What compose makes of the lines: YAML, then variables. */
function composed(lines: string): Record<string, string> {
  const { labels } = parse(lines) as { labels: Record<string, string> };
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, value.replaceAll('$$', '$')]));
}

describe('the labels that would say the same', () => {
  it('are what is set, in the words of a compose file, and no default', () => {
    expect(
      asLabels(
        settingsOf({ frequency: 'daily' }, { frequency: 'daily@05:00', retention: 'daily=3' }),
        'backup',
      ),
    ).toBe(
      [
        'labels:',
        '  backup.enable: "true"',
        '  backup.frequency: "daily@05:00"',
        '  backup.retention: "daily=3"',
      ].join('\n'),
    );
  });

  it('read back as the same, whatever the texts hold', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '"', '$', '$$', '{', '\\', ' ', ':', '#', 'é', "'"),
      minLength: 1,
    });
    const frequency = fc.constantFrom('daily', '*/15 9-17 * * mon-fri', 'weekly@sun-03:05', 'every 6h');
    fc.assert(
      fc.property(text, frequency, (name, when) => {
        const wanted = { name: `x${name}x`, frequency: when };
        const { declaration, problems } = readLabels(
          composed(asLabels(settingsOf({}, wanted), 'backup')),
          'backup',
          [],
        );
        expect({ name: declaration.name, frequency: declaration.frequency, problems }).toEqual({
          ...wanted,
          problems: [],
        });
      }),
    );
  });
});
