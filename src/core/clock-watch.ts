import type { Clock } from './clock.js';

/** Clocks are set by seconds all the time; more than this is a jump, in milliseconds. */
export const JUMP_MS = 5 * 60_000;

/** Notices when somebody sets the clock: the wall then moves and the monotonic time does not. */
export class ClockWatch {
  private readonly offsetMs: number;

  constructor(private readonly clock: Clock) {
    this.offsetMs = offsetOf(clock);
  }

  /** How far the clock was set forwards (or, negative, back) since this was made, in milliseconds; 0 = it was not. */
  jumpMs(): number {
    const jump = offsetOf(this.clock) - this.offsetMs;
    return Math.abs(jump) > JUMP_MS ? jump : 0;
  }
}

function offsetOf(clock: Clock): number {
  return clock.now().getTime() - clock.monotonicMs();
}
