import type { DestinationDetails } from '../../../destinations/destination-list.js';
import { isSecretField } from './fields.js';
import { kindOfType } from './kinds.js';
import type { Field } from './fields.js';
import type { Typed } from './form-view.js';

/** Options that lie over another destination are changed by making a new one. */
const FIXED_OPTIONS = new Set(['remote', 'remotes', 'upstreams', 'type']);
const PATH: Field = { name: 'path', input: 'text', hint: true, required: true };
const FOLDER: Field = { name: 'folder', input: 'text', text: 'place', hint: true, own: true };

const plain = (name: string): Field => ({ name, input: 'text', label: name });
const secret = (name: string): Field => ({
  name,
  input: name === 'token' || name === 'key_pem' ? 'textarea' : 'password',
  label: name,
  secret: true,
});

/** Everything that can be changed of a destination, in the order of its form. */
export function editFields(details: DestinationDetails): Field[] {
  if (details.type === 'local') return [PATH];
  return [...optionFields(details), FOLDER];
}

/** What a person gives again when the storage asks for it. */
export function signInFields(details: DestinationDetails): Field[] {
  const fields = optionFields(details).filter(isSecretField);
  // What is asked for most often stands first.
  return [...fields.filter(({ name }) => name === 'token'), ...fields.filter(({ name }) => name !== 'token')];
}

/** Of a kind without a form of ours, the options that it has. */
function optionFields(details: DestinationDetails): Field[] {
  // Another password would make unreadable what is stored there.
  if (details.type === 'crypt') return [];
  const kind = kindOfType(details.type);
  if (kind !== null)
    return kind.fields
      .filter(({ own }) => own !== true)
      .map((field) => ({ ...field, required: field.required === true && field.secret !== true }))
      .map((field) => withPresent(field, details.options[field.name]));
  return [
    ...Object.keys(details.options)
      .filter((name) => !FIXED_OPTIONS.has(name))
      .map(plain),
    ...details.secretsSet.map(secret),
  ];
}

/** A choice must not change what nobody chose: what is set, or that nothing is, stands first. */
function withPresent(field: Field, present = ''): Field {
  if (field.choices === undefined || field.choices.some(({ value }) => value === present)) return field;
  return { ...field, choices: [{ value: present, label: present === '' ? '–' : present }, ...field.choices] };
}

/** What the form shows before anybody typed. */
export function presentValues(details: DestinationDetails): Record<string, string> {
  return { ...details.options, folder: details.folder, path: details.folder };
}

/** Secrets that were left empty stay as they are; an option that was emptied is taken away. */
export function changedOptions(fields: readonly Field[], typed: Typed): Record<string, string> {
  const options: Record<string, string> = {};
  for (const field of fields) {
    const value = typed[field.name] ?? '';
    if (field.own === true || (isSecretField(field) && value === '')) continue;
    options[field.name] = value;
  }
  return options;
}
