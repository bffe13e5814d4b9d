import { Injectable } from '@nestjs/common';
import { AppsService } from '../apps/apps.service.js';
import type { App } from '../apps/app.entity.js';
import { blackoutEnd } from '../apps/blackout.js';
import { parseFrequency, printFrequency } from '../apps/frequency.js';
import { Clock } from '../core/clock.js';
import { frequencyInWords } from '../schedule/frequency-words.js';
import { nextRuns } from '../schedule/next-run.js';
import type { Lang } from './lang.js';

const RUNS_SHOWN = 5;

export interface Due {
  frequency: string;
  timezone: string;
  words: string;
  next: Date[];
}

/** Says when an app is due, as it is or as somebody thinks of setting it. */
@Injectable()
export class AppSchedule {
  constructor(
    private readonly apps: AppsService,
    private readonly clock: Clock,
  ) {}

  /** @param wanted valid texts; what is left out is as in force */
  async of(
    app: App,
    wanted: { frequency?: string | undefined; timezone?: string | undefined },
    lang: Lang,
  ): Promise<Due> {
    const settings = await this.apps.settingsOf(app);
    const asked = wanted.frequency === undefined ? null : parseFrequency(wanted.frequency);
    const frequency = asked?.ok === true ? asked.value : settings.frequency.value;
    const timezone = wanted.timezone ?? settings.timezone.value;
    const blackout = settings.blackout.value ?? [];
    const next = nextRuns(frequency, timezone, app.key, this.clock.now(), RUNS_SHOWN).map(
      (at) => blackoutEnd(blackout, timezone, at) ?? at,
    );
    return {
      frequency: printFrequency(frequency),
      timezone,
      words: frequencyInWords(frequency, app.key, lang),
      next,
    };
  }
}
