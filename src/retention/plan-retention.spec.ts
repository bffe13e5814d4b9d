import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RetentionPolicy } from '../apps/retention-policy.js';
import { bucketOf } from './calendar.js';
import { planRetention } from './plan-retention.js';
import type { Copy } from './plan-retention.js';

const HOUR = 3_600_000;
const START = Date.parse('2024-06-01T00:00:00Z');
const NOW = new Date('2027-03-01T00:00:00Z');
const policyOf = (counts: Partial<RetentionPolicy>): RetentionPolicy => ({
  last: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, min: 1, ...counts,
}); // prettier-ignore
const goodCopy = (id: string, at: string, seq = 0): Copy => ({
  id,
  createdAt: new Date(at),
  seq,
  good: true,
  pinned: false,
});

const ZONES = [
  'UTC',
  'Europe/Madrid',
  'America/New_York',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Australia/Lord_Howe',
] as const;
const zones = fc.constantFrom(...ZONES);
const count = fc.integer({ min: 0, max: 8 });
const policies = fc.record({
  last: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
  min: fc.integer({ min: 1, max: 5 }),
});
const copySets = fc
  .array(
    fc.record({
      hours: fc.integer({ min: 0, max: 24 * 800 }),
      good: fc.boolean(),
      pinned: fc.integer({ min: 0, max: 12 }).map((value) => value === 0),
      jump: fc.integer({ min: 0, max: 20 }).map((value) => (value === 0 ? -5000 : 0)),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    [...rows]
      .sort((a, b) => a.hours - b.hours)
      .map((row, seq): Copy => ({
        id: `c${String(seq).padStart(3, '0')}`,
        createdAt: new Date(START + (row.hours + row.jump) * HOUR),
        seq,
        good: row.good,
        pinned: row.pinned,
      })),
  );

const plan = (copies: readonly Copy[], policy: RetentionPolicy, zone = 'UTC', now = NOW) =>
  planRetention(copies, policy, zone, now);
const removed = (copies: readonly Copy[], policy: RetentionPolicy, zone = 'UTC', now = NOW): Set<string> =>
  new Set(plan(copies, policy, zone, now).remove);
const check = (body: (copies: Copy[], policy: RetentionPolicy, zone: string) => void): void => {
  fc.assert(fc.property(copySets, policies, zones, body), { numRuns: 1500 });
};

describe('planRetention', () => {
  it('P1 never deletes all good copies', () =>
    check((copies, policy, zone) => {
      const good = copies.filter((copy) => copy.good);
      const gone = removed(copies, policy, zone);
      if (good.length > 0) expect(good.some((copy) => !gone.has(copy.id))).toBe(true);
    }));

  it('P2 keeps the newest good copy, by time and by sequence', () =>
    check((copies, policy, zone) => {
      const good = copies.filter((copy) => copy.good);
      const gone = removed(copies, policy, zone);
      const newest = [...good].sort(
        (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.seq - a.seq,
      )[0];
      const last = [...good].sort((a, b) => b.seq - a.seq)[0];
      for (const copy of [newest, last]) if (copy !== undefined) expect(gone.has(copy.id)).toBe(false);
    }));

  it('P3 keeps pinned copies', () =>
    check((copies, policy, zone) => {
      const gone = removed(copies, policy, zone);
      expect(copies.filter((copy) => copy.pinned && gone.has(copy.id))).toEqual([]);
    }));

  it('P4 never selects a copy that is not good', () =>
    check((copies, policy, zone) => {
      const gone = removed(copies, policy, zone);
      expect(copies.filter((copy) => !copy.good && gone.has(copy.id))).toEqual([]);
    }));

  it('P5 has nothing left to do after its own plan', () =>
    check((copies, policy, zone) => {
      const gone = removed(copies, policy, zone);
      const rest = copies.filter((copy) => !gone.has(copy.id));
      expect([...removed(rest, policy, zone)]).toEqual([]);
    }));

  it('P6 does not depend on the order of its input', () =>
    fc.assert(
      fc.property(
        copySets.chain((copies) =>
          fc.tuple(fc.constant(copies), fc.shuffledSubarray(copies, { minLength: copies.length })),
        ),
        policies,
        zones,
        ([copies, shuffled], policy, zone) =>
          expect(plan(shuffled, policy, zone)).toEqual(plan(copies, policy, zone)),
      ),
      { numRuns: 500 },
    ));

  it('P7 deletes nothing more because time alone has passed', () =>
    fc.assert(
      fc.property(
        copySets,
        policies,
        zones,
        fc.integer({ min: 0, max: 5000 }),
        (copies, policy, zone, days) => {
          const later = new Date(NOW.getTime() + days * 24 * HOUR);
          const before = removed(copies, policy, zone);
          expect([...removed(copies, policy, zone, later)].filter((id) => !before.has(id))).toEqual([]);
        },
      ),
    ));

  it('P8 deletes nothing more because a count was raised', () =>
    fc.assert(
      fc.property(
        copySets,
        policies,
        zones,
        fc.constantFrom('last', 'daily', 'weekly', 'monthly', 'yearly', 'min'),
        fc.integer({ min: 1, max: 5 }),
        (copies, policy, zone, key, more) => {
          const raised = { ...policy, [key]: policy[key] + more };
          // From "keep everything" any count is a cut, as people mean it.
          const keptAll = policy.last + policy.daily + policy.weekly + policy.monthly + policy.yearly === 0;
          fc.pre(!keptAll);
          const before = removed(copies, policy, zone);
          expect([...removed(copies, raised, zone)].filter((id) => !before.has(id))).toEqual([]);
        },
      ),
      { numRuns: 1500 },
    ));

  it('P9 is not changed by copies that are not good', () =>
    check((copies, policy, zone) => {
      const goodOnly = copies.filter((copy) => copy.good);
      expect([...removed(copies, policy, zone)].sort()).toEqual([...removed(goodOnly, policy, zone)].sort());
    }));

  it('P10 keeps at least `min` good copies, or all there are', () =>
    check((copies, policy, zone) => {
      const good = copies.filter((copy) => copy.good).length;
      const kept = good - removed(copies, policy, zone).size;
      expect(kept).toBeGreaterThanOrEqual(Math.min(good, Math.max(policy.min, policy.last)));
    }));

  it('P11 gives at most n reasons for a rule of n', () =>
    check((copies, policy, zone) => {
      const reasons = plan(copies, policy, zone).keep.flatMap((entry) => entry.reasons);
      for (const rule of ['daily', 'weekly', 'monthly', 'yearly'] as const) {
        expect(reasons.filter((reason) => reason.rule === rule).length).toBeLessThanOrEqual(policy[rule]);
      }
    }));

  it('P12 pruning after every backup keeps no less than pruning once at the end', () =>
    fc.assert(
      fc.property(copySets, policies, zones, (copies, policy, zone) => {
        const good = copies
          .filter((copy) => copy.good && !copy.pinned)
          .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
        const ordered = good.map((copy, seq) => ({ ...copy, seq }));
        let held: Copy[] = [];
        for (const copy of ordered) {
          held = [...held, copy];
          const gone = removed(held, policy, zone);
          held = held.filter((other) => !gone.has(other.id));
        }
        const once = removed(ordered, policy, zone);
        const heldIds = new Set(held.map((copy) => copy.id));
        expect(
          ordered.filter((copy) => !once.has(copy.id) && !heldIds.has(copy.id)).map((copy) => copy.id),
        ).toEqual([]);
        expect(held.at(-1)).toEqual(ordered.at(-1));
      }),
      { numRuns: 300 },
    ));

  it('P13 a flood within one day evicts no more older copies, however long it is', () => {
    const policy = policyOf({ last: 3, daily: 7, weekly: 4, monthly: 6, min: 3 });
    const before = Array.from({ length: 200 }, (_, day) =>
      goodCopy(`d${day}`, new Date(START + day * 24 * HOUR).toISOString(), day),
    );
    const survivors = (flood: number): number => {
      const extra = Array.from({ length: flood }, (_, index) =>
        goodCopy(`x${index}`, new Date(START + 200 * 24 * HOUR + index * 60_000).toISOString(), 1000 + index),
      );
      const gone = removed([...before, ...extra], policy);
      return before.filter((copy) => !gone.has(copy.id)).length;
    };
    expect(survivors(50)).toBe(survivors(300));
    expect(survivors(0) - survivors(300)).toBeLessThanOrEqual(2 * 3 + 3);
  });

  it('P15 every copy is either kept with a reason or removed, oldest first', () =>
    check((copies, policy, zone) => {
      const { keep, remove } = plan(copies, policy, zone);
      expect([...keep.map((entry) => entry.id), ...remove].sort()).toEqual(
        copies.map((copy) => copy.id).sort(),
      );
      expect(keep.every((entry) => entry.reasons.length > 0)).toBe(true);
      const times = remove.map((id) => copies.find((copy) => copy.id === id)!.createdAt.getTime());
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }));

  it('keeps everything when every count is zero', () => {
    const copies = Array.from({ length: 30 }, (_, day) =>
      goodCopy(`d${day}`, new Date(START + day * 24 * HOUR).toISOString(), day),
    );
    expect(plan(copies, policyOf({})).remove).toEqual([]);
  });

  it('keeps and does not count a copy from the future', () => {
    const copies = [
      goodCopy('future', '2030-01-01T00:00:00Z', 0),
      goodCopy('new', '2027-02-28T00:00:00Z', 1),
      goodCopy('old', '2027-02-27T00:00:00Z', 2),
    ];
    const { keep } = plan(copies, policyOf({ daily: 1 }));
    expect(keep.find((entry) => entry.id === 'future')?.reasons[0]?.rule).toBe('future');
    expect(keep.map((entry) => entry.id)).toContain('new');
  });

  it('says why: the readable case of a month of daily copies', () => {
    const copies = Array.from({ length: 40 }, (_, day) =>
      goodCopy(`d${day}`, new Date(START + day * 24 * HOUR).toISOString(), day),
    );
    const { keep, remove } = plan(copies, policyOf({ daily: 7, weekly: 4, min: 3 }));
    expect(keep[0]?.reasons).toEqual([
      { rule: 'last', nth: 1, of: 3 },
      { rule: 'daily', nth: 1, of: 7 },
      { rule: 'weekly', nth: 1, of: 4 },
    ]);
    expect(keep.length).toBe(9);
    expect(remove.length).toBe(31);
  });
});

describe('P14 bucketOf', () => {
  it.each([
    ['weekly', '2021-01-03T12:00:00Z', 'UTC', '2020-W53'],
    ['weekly', '2024-12-30T12:00:00Z', 'UTC', '2025-W01'],
    ['weekly', '2027-01-01T12:00:00Z', 'UTC', '2026-W53'],
    ['daily', '2026-11-24T23:30:00Z', 'Europe/Madrid', '20261125'],
    ['daily', '2011-12-30T09:30:00Z', 'Pacific/Apia', '20111229'],
    ['daily', '2011-12-30T10:30:00Z', 'Pacific/Apia', '20111231'],
    ['daily', '2024-02-29T00:00:00Z', 'UTC', '20240229'],
    ['monthly', '2026-12-31T23:59:00Z', 'Asia/Kathmandu', '202701'],
    ['yearly', '2026-12-31T23:59:00Z', 'America/New_York', '2026'],
  ] as const)('%s of %s in %s is %s', (period, at, zone, expected) => {
    expect(bucketOf(period, new Date(at), zone)).toBe(expected);
  });
});
