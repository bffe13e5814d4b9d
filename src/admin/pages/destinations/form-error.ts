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
const SHOWN_AS: Readonly<Record<string, string>> = { hostKeys: 'accept', over: 'folder' };

const NO_RIGHT = /permission ?denied|read-only file system/i;

/** @throws what is neither a refusal nor a failure of the storage: nobody who fills in a form can mend it */
export function formError(error: unknown, kind: Kind | null, reader: Reader): FormError {
  if (error instanceof DestinationRefusal) {
    return {
      status: 400,
      field:
        kind?.id === 'local' && error.field === 'path' ? 'folder' : (SHOWN_AS[error.field] ?? error.field),
      says: REFUSALS[error.code][reader.lang],
      fix: '',
      detail: error.detail,
    };
  }
  if (error instanceof BackupFailure && error.code !== 'internal') {
    // Signed in, but not let into the folder: another field, and another thing to mend.
    if (error.code === 'destination-auth' && NO_RIGHT.test(error.detail))
      return {
        status: FAILURE_STATUS[error.code],
        field: 'folder',
        says: reader.say('form.noRight'),
        fix: reader.say('form.noRightFix'),
        detail: error.detail,
      };
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
