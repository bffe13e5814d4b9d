import { describe, expect, it } from '@jest/globals';
import { parseFrequency } from '../apps/frequency.js';
import { overdueSince } from './overdue.js';

const overdue = (raw: string, since: string, now: string): string | null => {
  const frequency = parseFrequency(raw);
  if (!frequency.ok) throw new Error(raw);
  const promised = { frequency: frequency.value, timezone: 'UTC', key: 'app' };
  return overdueSince(promised, new Date(since), new Date(now))?.toISOString() ?? null;
};

describe('overdueSince', () => {
  it.each([
    ['daily@03:00', '2026-11-24T03:00:05Z', '2026-11-25T08:59:00Z', null],
    ['daily@03:00', '2026-11-24T03:00:05Z', '2026-11-25T09:01:00Z', '2026-11-25T03:00:00.000Z'],
    ['daily@03:00', '2026-11-20T03:00:05Z', '2026-11-25T09:01:00Z', '2026-11-21T03:00:00.000Z'],
    ['0 * * * *', '2026-11-24T03:00:05Z', '2026-11-24T04:59:00Z', null],
    ['0 * * * *', '2026-11-24T03:00:05Z', '2026-11-24T05:01:00Z', '2026-11-24T04:00:00.000Z'],
    ['weekly@sun-03:00', '2026-11-22T03:00:05Z', '2026-11-30T02:59:00Z', null],
    ['weekly@sun-03:00', '2026-11-22T03:00:05Z', '2026-11-30T03:01:00Z', '2026-11-29T03:00:00.000Z'],
  ])('%s, last good %s, now %s: %s', (raw, since, now, expected) => {
    expect(overdue(raw, since, now)).toBe(expected);
  });
});
