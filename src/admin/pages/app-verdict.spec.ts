import { describe, expect, it } from '@jest/globals';
import { TONES, VERDICTS, judgeApp, needsAttention } from './app-verdict.js';
import type { AppFacts } from './app-verdict.js';

const fine: AppFacts = {
  state: 'active',
  latest: { state: 'finished', outcome: 'succeeded' },
  isOverdue: false,
  hasGoodBackup: true,
};
const judge = (facts: Partial<AppFacts>) => judgeApp({ ...fine, ...facts });

describe('what the list says of an app', () => {
  it('is good only when the last run was, a backup is there and none is due', () => {
    expect(judge({})).toBe('ok');
    expect(judge({ isOverdue: true })).toBe('overdue');
    expect(judge({ latest: null, hasGoodBackup: false })).toBe('waiting');
    expect(judge({ latest: { state: 'finished', outcome: 'partial' } })).toBe('partial');
  });

  it.each(['failed', 'interrupted'] as const)(
    'is failing after a %s run, whatever good copies there are',
    (outcome) => {
      expect(judge({ latest: { state: 'finished', outcome } })).toBe('failing');
    },
  );

  it.each(['suspended', 'invalid', 'conflict', 'paused', 'archived', 'pending'] as const)(
    'is %s whatever its runs did',
    (state) => {
      expect(judge({ state })).toBe(state);
      expect(judge({ state, latest: { state: 'running', outcome: null } })).toBe(state);
    },
  );

  it.each(['stopped', 'missing', 'degraded'] as const)('is never good while %s', (state) => {
    expect(needsAttention(judge({ state }))).toBe(true);
    expect(judge({ state, isOverdue: true })).toBe('overdue');
  });

  it('a run under way is said before an older failure', () => {
    expect(judge({ latest: { state: 'queued', outcome: null }, isOverdue: true })).toBe('running');
  });

  it('bad ones come before those worth a look, those before the rest', () => {
    const ranks = VERDICTS.map((verdict) => ['bad', 'warn', 'busy', 'idle', 'ok'].indexOf(TONES[verdict]));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  });
});
