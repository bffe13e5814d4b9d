import type { Backup } from '../../backups/backup.entity.js';
import type { KeepReason } from '../../retention/plan-retention.js';
import type { Lang } from '../lang.js';

const RULES: Record<KeepReason['rule'], Record<Lang, string>> = {
  last: { en: 'newest', es: 'más reciente' },
  daily: { en: 'daily', es: 'diaria' },
  weekly: { en: 'weekly', es: 'semanal' },
  monthly: { en: 'monthly', es: 'mensual' },
  yearly: { en: 'yearly', es: 'anual' },
  pinned: { en: 'pinned', es: 'fijada' },
  future: { en: 'dated in the future', es: 'con fecha futura' },
  everything: { en: 'everything is kept', es: 'se conserva todo' },
  'not-ours-to-judge': { en: 'not counted: not proven good', es: 'no cuenta: no está probada' },
};
const WITHOUT_COUNT: readonly KeepReason['rule'][] = ['pinned', 'future', 'everything', 'not-ours-to-judge'];

/** "daily 2 of 7". */
export function reasonText(reason: KeepReason, lang: Lang): string {
  const name = RULES[reason.rule][lang];
  if (WITHOUT_COUNT.includes(reason.rule)) return name;
  const counted = `${name} ${reason.nth} ${lang === 'en' ? 'of' : 'de'} ${reason.of}`;
  return reason.oldest === true ? `${counted} ${lang === 'en' ? '(oldest)' : '(la más antigua)'}` : counted;
}

/** Whether the stored bytes were read again after the run, and were those that had been sent. */
export const wasReadAgain = ({ checkedAt, state }: Backup): boolean =>
  checkedAt !== null && (state === 'verified' || state === 'suspicious');

/** A stored copy as the API shows it. */
export function backupJson(backup: Backup, reasons: readonly KeepReason[], lang: Lang): object {
  const { declared, counted, destination } = backup.proof;
  const hasDeclared = declared.sha256 !== undefined || declared.sizeBytes !== undefined;
  return {
    id: backup.id,
    app_id: backup.appId,
    job_id: backup.proof.runUnknown === true ? null : backup.runId,
    destination: backup.destination,
    object_key: backup.objectKey,
    size_bytes: backup.sizeBytes,
    sha256: backup.sha256,
    format: backup.format,
    created_at: backup.createdAt.toISOString(),
    state: backup.state,
    proof: {
      declared: hasDeclared
        ? {
            size_bytes: declared.sizeBytes ?? null,
            sha256: declared.sha256 ?? null,
            sha256_from: declared.sha256From ?? null,
          }
        : null,
      counted: { size_bytes: counted.sizeBytes, sha256: counted.sha256 },
      destination: {
        level: destination.level,
        size_bytes: destination.sizeBytes,
        reported: destination.reported,
      },
      read_back: destination.readBack || wasReadAgain(backup),
    },
    checked_at: backup.checkedAt?.toISOString() ?? null,
    pinned: backup.pinned,
    keep_reasons: reasons.map((reason) => reasonText(reason, lang)),
  };
}
