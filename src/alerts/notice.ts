import type { FailureCode } from '../core/failure.js';
import { FAILURE_TEXTS } from '../core/failure-texts.js';
import { describeWarning } from '../core/warning-texts.js';
import type { RunWarning } from '../core/warning-texts.js';

/** What there is to say about a run that ended. */
export interface RunNotice {
  appName: string;
  runId: string;
  outcome: 'succeeded' | 'partial' | 'failed' | 'cancelled' | 'interrupted';
  error: { code: FailureCode; detail: string } | null;
  warnings: readonly RunWarning[];
  copies: readonly { destination: string; key: string; stored: boolean }[];
  sizeBytes: number | null;
}

/** The notice as one line of plain text. Pure. */
export function sentenceOf(notice: RunNotice, lang: 'en' | 'es'): string {
  const places = notice.copies.filter((copy) => copy.stored).map((copy) => `${copy.destination}:${copy.key}`);
  const parts = [`${notice.appName}: ${notice.outcome}`];
  if (places.length > 0) parts.push(`${places.join(', ')} (${notice.sizeBytes ?? 0} bytes)`);
  if (notice.error !== null) {
    const { says, hint } = FAILURE_TEXTS[notice.error.code][lang];
    parts.push(
      [says, notice.error.detail === '' ? '' : `[${notice.error.detail}]`, hint]
        .filter((part) => part !== '')
        .join(' '),
    );
  }
  for (const warning of notice.warnings) parts.push(describeWarning(warning, lang));
  return parts.join(' — ');
}
