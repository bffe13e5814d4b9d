import { describe, expect, it } from '@jest/globals';
import { Clock } from './clock.js';
import { ClockWatch, JUMP_MS } from './clock-watch.js';

class TwoClocks extends Clock {
  wallMs = Date.parse('2026-11-24T12:00:00Z');
  upMs = 1000;

  now(): Date {
    return new Date(this.wallMs);
  }

  monotonicMs(): number {
    return this.upMs;
  }
}

describe('ClockWatch', () => {
  it.each([
    ['time that passes', 3_600_000, 3_600_000, 0],
    ['a clock that is corrected by seconds', 3_600_000, 3_604_000, 0],
    ['a clock that is set forwards', 1000, 1000 + 365 * 86_400_000, 365 * 86_400_000],
    ['a clock that is set back', 1000, 1000 - 86_400_000, -86_400_000],
    ['a clock that is set by a little more than is forgiven', 0, JUMP_MS + 1, JUMP_MS + 1],
  ])('%s', (_what, up, wall, jump) => {
    const clock = new TwoClocks();
    const watch = new ClockWatch(clock);
    clock.upMs += up;
    clock.wallMs += wall;
    expect(watch.jumpMs()).toBe(jump);
  });
});
