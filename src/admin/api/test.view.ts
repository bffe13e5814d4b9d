import type { Check } from '../../core/checklist.js';
import { FAILURE_TEXTS } from '../../core/failure-texts.js';
import type { Lang } from '../lang.js';

/** Whether nothing stood in the way. */
export const isGood = (checks: readonly Check[]): boolean =>
  checks.every(({ outcome }) => outcome !== 'failed');

/** A checklist as the API shows it. */
export function testJson(checks: readonly Check[], lang: Lang): object {
  return {
    ok: isGood(checks),
    checks: checks.map(({ name, subject, outcome, tookMs, detail, failure }) => ({
      name,
      subject: subject === '' ? null : subject,
      outcome,
      took_ms: tookMs,
      detail,
      error:
        failure === null
          ? null
          : {
              code: failure.code,
              message: FAILURE_TEXTS[failure.code][lang].says,
              hint: FAILURE_TEXTS[failure.code][lang].hint,
              detail: failure.detail,
            },
    })),
  };
}
