import { z } from 'zod';
import { DestinationRefusal } from '../../../destinations/destination-refusal.js';
import type { DestinationOrder } from '../../../destinations/destinations-admin.js';
import type { Field } from './fields.js';
import type { Kind } from './kinds.js';
import type { Typed } from './form-view.js';

/** A form as the browser sends it; what the fields may hold is checked where they are used. */
export const FORM_BODY = z.record(z.string().max(100), z.string().max(20_000));

/** Passwords are taken as they are, everything else without blanks around it. */
export function typedIn(fields: readonly Field[], body: Typed): Record<string, string> {
  const typed: Record<string, string> = {};
  for (const { name, input } of fields) {
    const value = body[name] ?? '';
    typed[name] = input === 'password' ? value : value.trim();
  }
  if (typed['token'] !== undefined) typed['token'] = tokenIn(typed['token']);
  return typed;
}

/** `rclone authorize` prints the token between two lines with arrows, and people copy all of it. */
function tokenIn(pasted: string): string {
  const begin = pasted.indexOf('{');
  const end = pasted.lastIndexOf('}');
  return begin === -1 || end < begin ? pasted : pasted.slice(begin, end + 1);
}

/** @throws DestinationRefusal option-required that names the field */
export function checkFilled(fields: readonly Field[], typed: Typed): void {
  for (const field of fields) {
    if (field.required === true && (typed[field.name] ?? '') === '')
      throw new DestinationRefusal('option-required', field.name);
  }
}

/** The options of the backend that were filled in. */
export function optionsOf(kind: Kind, typed: Typed): Record<string, string> {
  const options: Record<string, string> = { ...kind.fixed };
  for (const { name, own } of kind.fields) {
    const value = typed[name] ?? '';
    if (own !== true && value !== '') options[name] = value;
  }
  return options;
}

/**
 * What a person ordered by the form of a kind.
 * @throws DestinationRefusal for what is missing
 */
export function orderOf(kind: Kind, typed: Typed): DestinationOrder {
  checkFilled(neededOf(kind, typed), typed);
  const name = typed['name'] ?? '';
  if (kind.id === 'local') return { name, type: 'local', options: { path: localPath(typed) }, folder: '' };
  return { name, type: kind.type, options: optionsOf(kind, typed), folder: folderOf(typed) };
}

/** A service account signs in without a client and a token. */
function neededOf(kind: Kind, typed: Typed): readonly Field[] {
  if ((typed['service_account_credentials'] ?? '') === '') return kind.fields;
  return kind.fields.filter(({ name }) => !['client_id', 'client_secret', 'token'].includes(name));
}

/** Below a bucket, where the kind has one. */
export function folderOf(typed: Typed): string {
  const folder = typed['folder'] ?? '';
  const bucket = (typed['bucket'] ?? '').replace(/^\/+|\/+$/g, '');
  return bucket === ''
    ? folder
    : [bucket, folder.replace(/^\/+/, '')].filter((part) => part !== '').join('/');
}

export function localPath(typed: Typed): string {
  const below = (typed['folder'] ?? '').replace(/^\/+|\/+$/g, '');
  return [(typed['root'] ?? '').replace(/\/+$/, ''), below].filter((part) => part !== '').join('/');
}
