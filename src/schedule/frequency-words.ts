import cronstrue from 'cronstrue/dist/cronstrue-i18n.js';
import type { Frequency } from '../apps/frequency.js';
import { cronOf } from './next-run.js';

const EVERY = {
  en: { hours: (n: number) => (n === 1 ? 'Every hour' : `Every ${n} hours`), minutes: (n: number) => `Every ${n} minutes` },
  es: { hours: (n: number) => (n === 1 ? 'Cada hora' : `Cada ${n} horas`), minutes: (n: number) => `Cada ${n} minutos` },
}; // prettier-ignore

/**
 * A frequency as a sentence ("At 03:17, every day"), in the app's own time zone. Pure.
 * @param key spreads words over the night, as `nextRun` does
 */
export function frequencyInWords(frequency: Frequency, key: string, lang: 'en' | 'es'): string {
  if (frequency.kind === 'every') {
    const { minutes } = frequency;
    return minutes % 60 === 0 ? EVERY[lang].hours(minutes / 60) : EVERY[lang].minutes(minutes);
  }
  const expression = cronOf(frequency, key);
  try {
    return cronstrue.toString(expression, { locale: lang, verbose: true, use24HourTimeFormat: true });
  } catch {
    // Rare signs that the schedule understands and the words do not.
    return expression;
  }
}
