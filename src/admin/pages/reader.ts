import type { Lang } from '../lang.js';
import { say } from '../texts.js';
import { moment } from './format.js';
import type { Moment } from './format.js';

/** For whom a page is made: language, time zone and the present instant. */
export class Reader {
  constructor(
    readonly lang: Lang,
    readonly timezone: string,
    readonly now: Date,
  ) {}

  say(key: string, params: Readonly<Record<string, string | number>> = {}): string {
    return say(this.lang, key, params);
  }

  moment(at: Date | null): Moment | null {
    return at === null ? null : moment(at, this.now, this.lang, this.timezone);
  }

  /** An instant by the clock of another place. */
  momentIn(at: Date, timezone: string): Moment {
    return moment(at, this.now, this.lang, timezone);
  }
}
