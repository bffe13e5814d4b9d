import type { Reader } from '../reader.js';
import type { FormError } from './form-error.js';
import type { Choice, Field } from './fields.js';

/** What was typed, by field. */
export type Typed = Readonly<Record<string, string>>;

export interface FieldView {
  id: string;
  name: string;
  label: string;
  hint: string | null;
  value: string;
  type: string;
  isTextarea: boolean;
  isCheckbox: boolean;
  choices: { value: string; text: string; selected: boolean }[] | null;
  checked: boolean;
  required: boolean;
  optional: boolean;
  secret: boolean;
  error: string | null;
  describedBy: string;
}

const LINE_TYPES = ['email', 'password'];
const isSelect = ({ input }: Field): boolean => input === 'select';

/** A field as the template draws it; secrets come back empty. */
export function fieldView(field: Field, typed: Typed, error: FormError | null, reader: Reader): FieldView {
  const key = field.text ?? field.name;
  const id = `f-${field.name}`;
  const value = field.secret === true ? '' : (typed[field.name] ?? field.fallback ?? '');
  const wrong = error?.field === field.name ? [error.says, error.fix].join(' ').trim() : null;
  const hint = field.hint === true ? reader.say(`fieldHint.${key}`) : null;
  return {
    id,
    name: field.name,
    label: field.label ?? reader.say(`field.${key}`),
    hint,
    value,
    type: LINE_TYPES.find((type) => type === field.input) ?? 'text',
    isTextarea: field.input === 'textarea',
    isCheckbox: field.input === 'checkbox',
    choices: isSelect(field) ? choiceViews(field.choices ?? [], value, reader) : null,
    checked: typed[field.name] === 'true',
    required: field.required === true,
    // A choice always has a value.
    optional: field.required !== true && !isSelect(field),
    secret: field.secret === true,
    error: wrong,
    describedBy: [hint === null ? '' : `${id}-hint`, wrong === null ? '' : `${id}-error`].join(' ').trim(),
  };
}

function choiceViews(choices: readonly Choice[], value: string, reader: Reader): FieldView['choices'] {
  return choices.map((one) => ({
    value: one.value,
    text: one.text === undefined ? (one.label ?? one.value) : reader.say(one.text),
    selected: one.value === value,
  }));
}

/** All fields, with those under “More options” apart; that part is open when the error or a value is in it. */
export function formView(fields: readonly Field[], typed: Typed, error: FormError | null, reader: Reader) {
  const view = (field: Field): FieldView => fieldView(field, typed, error, reader);
  const more = fields.filter((field) => field.more === true).map(view);
  const shown = fields.filter((field) => field.more !== true).map(view);
  const atField = [...shown, ...more].find((field) => field.error !== null);
  return {
    fields: shown,
    more,
    moreOpen: more.some((field) => field.error !== null || (field.value !== '' && field.choices === null)),
    error:
      error === null
        ? null
        : { ...error, at: atField === undefined ? null : { href: `#${atField.id}`, label: atField.label } },
  };
}
