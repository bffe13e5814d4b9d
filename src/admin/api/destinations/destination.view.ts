import type { DestinationUser } from '../../../apps/app-destinations.js';
import { FAILURE_TEXTS } from '../../../core/failure-texts.js';
import type { FailureCode } from '../../../core/failure.js';
import type { Answered } from '../../../destinations/config-questions.js';
import type {
  BackendForm,
  DestinationDetails,
  DestinationSummary,
} from '../../../destinations/destination-list.js';
import type { DestinationRow } from '../../../destinations/destination.entity.js';
import type { Lang } from '../../lang.js';

export function failureJson(code: FailureCode, detail: string, lang: Lang): object {
  const { says, hint } = FAILURE_TEXTS[code][lang];
  return { code, message: says, hint, detail };
}

function healthJson(row: DestinationRow | null, lang: Lang): object {
  if (row === null) return NEVER_SEEN;
  return {
    state: row.healthState,
    needs_authorisation: row.healthState === 'needs-authorisation',
    error: row.healthCode === null ? null : failureJson(row.healthCode, row.healthDetail ?? '', lang),
    checked_at: row.checkedAt?.toISOString() ?? null,
    unwell_since: row.unwellSince?.toISOString() ?? null,
    space: { total_bytes: row.totalBytes, free_bytes: row.freeBytes },
  };
}

const NEVER_SEEN = {
  state: 'unknown',
  needs_authorisation: false,
  error: null,
  checked_at: null,
  unwell_since: null,
  space: { total_bytes: null, free_bytes: null },
};

export function summaryJson(
  summary: DestinationSummary,
  users: readonly DestinationUser[],
  lang: Lang,
): Record<string, unknown> {
  return {
    name: summary.name,
    type: summary.type,
    folder: summary.folder,
    origin: summary.origin,
    is_default: summary.isDefault,
    can_edit: summary.canEdit,
    can_adopt: summary.canAdopt,
    ...healthJson(summary.row, lang),
    apps: users.length,
  };
}

/** Secret options are named, never shown. */
export function detailsJson(
  details: DestinationDetails,
  users: readonly DestinationUser[],
  backups: number,
  lang: Lang,
): Record<string, unknown> {
  return {
    ...summaryJson(details, users, lang),
    options: details.options,
    secrets_set: details.secretsSet,
    fingerprints: details.fingerprints,
    used_by: users,
    backups,
  };
}

export function typeJson({ type, description, fields }: BackendForm): object {
  return {
    type,
    description,
    fields: fields.map(({ fallback, ...field }) => ({ ...field, default: fallback })),
  };
}

export function draftJson(answered: Answered): object {
  if (answered.done) return { id: answered.draft, done: true, question: null };
  const { draft, fallback, ...question } = answered.question;
  return { id: draft, done: false, question: { ...question, default: fallback } };
}
