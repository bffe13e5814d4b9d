import { FAILURE_TEXTS } from '../../../core/failure-texts.js';
import { BackupFailure } from '../../../core/failure.js';
import { DestinationRefusal, REFUSALS } from '../../../destinations/destination-refusal.js';
import { FAILURE_STATUS } from '../../failure-status.js';
import type { Reader } from '../reader.js';
import type { Field } from './fields.js';
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

/** Some forms show it under another name. */
const SHOWN_AS: Readonly<Record<string, string>> = {
  hostKeys: 'accept',
  over: 'folder',
  path: 'folder',
  folder: 'path',
};
const NO_RIGHT = /permission ?denied|read-only file system/i;

export interface FormFields {
  kind: Kind | null;
  /** Those that the form has. */
  fields: readonly Field[];
}

/** @throws what is neither a refusal nor a failure of the storage: nobody who fills in a form can mend it */
export function formError(error: unknown, form: FormFields, reader: Reader): FormError {
  if (error instanceof DestinationRefusal) {
    return {
      status: 400,
      field: shownField(error.field, form),
      says: withDetail(REFUSALS[error.code][reader.lang], detailWords(error.detail, reader)),
      fix: '',
      detail: '',
    };
  }
  if (!(error instanceof BackupFailure) || error.code === 'internal') throw error;
  // Signed in, but not let into the folder: another field, and another thing to mend.
  const noRight = error.code === 'destination-auth' && NO_RIGHT.test(error.detail);
  const { says, hint } = FAILURE_TEXTS[error.code][reader.lang];
  return {
    status: FAILURE_STATUS[error.code],
    field: shownField(noRight ? 'folder' : form.kind?.blame?.[error.code], form),
    says: noRight ? reader.say('form.noRight') : says,
    fix: noRight ? reader.say('form.noRightFix') : hint,
    detail: error.detail,
  };
}

function withDetail(says: string, detail: string): string {
  return detail === '' ? says : `${says.replace(/\.$/, '')}: ${detail}.`;
}

function shownField(name: string | undefined, { fields }: FormFields): string | null {
  if (name === undefined) return null;
  const names = [name, SHOWN_AS[name]];
  return names.find((one) => one === 'answer' || fields.some((field) => field.name === one)) ?? null;
}

/** Why a value is not taken, as checkValue says it. */
const DETAILS = [
  'it is too long',
  'it is not a private key in PEM form',
  'it is not JSON',
  'it has a control character',
  'it begins or ends with a blank',
  'it begins with a dash',
  'it is not a host name or address',
  'it is not a port',
  'it is not a URL',
  'it is not http or https',
  'it holds a user or password',
];

function detailWords(detail: string, reader: Reader): string {
  const nth = DETAILS.indexOf(detail);
  return nth === -1 ? detail : reader.say(`valueFault.${nth}`);
}
