import { FAILURE_TEXTS } from '../../../core/failure-texts.js';
import { BackupFailure } from '../../../core/failure.js';
import { DestinationRefusal, REFUSALS } from '../../../destinations/destination-refusal.js';
import { FAILURE_STATUS } from '../../failure-status.js';
import type { Reader } from '../reader.js';
import type { Kind } from './kinds.js';

/** Why a form was not taken. */
export interface FormError {
  status: number;
  /** The field that it stands at; null = none in particular. */
  field: string | null;
  says: string;
  fix: string;
  detail: string;
}

/** Options that a form shows under another name. */
const SHOWN_AS: Readonly<Record<string, string>> = { path: 'folder', hostKeys: 'accept', over: 'folder' };

/** @throws what is neither a refusal nor a failure of the storage: nobody who fills in a form can mend it */
export function formError(error: unknown, kind: Kind | null, reader: Reader): FormError {
  if (error instanceof DestinationRefusal) {
    return {
      status: 400,
      field: SHOWN_AS[error.field] ?? error.field,
      says: REFUSALS[error.code][reader.lang],
      fix: '',
      detail: error.detail,
    };
  }
  if (error instanceof BackupFailure && error.code !== 'internal') {
    const { says, hint } = FAILURE_TEXTS[error.code][reader.lang];
    return {
      status: FAILURE_STATUS[error.code],
      field: kind?.blame?.[error.code] ?? null,
      says,
      fix: hint,
      detail: error.detail,
    };
  }
  throw error;
}
