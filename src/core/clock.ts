import { Injectable } from '@nestjs/common';

/** The one source of time; tests inject their own. */
export abstract class Clock {
  /** The current instant. */
  abstract now(): Date;
  /** Milliseconds that only ever grow, for durations. */
  abstract monotonicMs(): number;
}

@Injectable()
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  monotonicMs(): number {
    return performance.now();
  }
}

/** A clock that stands still until it is told to move. */
export class FixedClock extends Clock {
  constructor(private instant: Date) {
    super();
  }

  now(): Date {
    return this.instant;
  }

  monotonicMs(): number {
    return this.instant.getTime();
  }

  set(instant: Date): void {
    this.instant = instant;
  }

  advance(ms: number): void {
    this.instant = new Date(this.instant.getTime() + ms);
  }
}
