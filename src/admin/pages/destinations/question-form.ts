import type { Question } from '../../../destinations/config-questions.js';
import type { Reader } from '../reader.js';
import type { FormPage } from './form-pages.js';

/** One question of rclone as a form of one field. */
export function questionForm(question: Question, href: string, typed: string, reader: Reader): FormPage {
  const { name, help, fallback, examples, exclusive, secret, kind, required } = question;
  const isChoice = kind === 'bool' || (exclusive && examples.length > 0);
  const choices = kind === 'bool' ? BOOL : examples;
  return {
    view: 'destination-question',
    title: reader.say('question.title'),
    fields: [],
    typed: {},
    kind: null,
    more: {
      action: `${href}/answer`,
      cancel: `${href}/cancel`,
      question: {
        state: question.state,
        name,
        help,
        fallback: secret ? '' : fallback,
        required: required && fallback === '',
        secret,
        isLong: name === 'config_token' || name === 'token' || name === 'key_pem',
        value: secret ? '' : typed,
        choices: isChoice
          ? choices.map((one) => ({
              value: one.value,
              text: one.help === '' ? one.value : `${one.value} – ${firstLine(one.help)}`,
              selected: one.value === (typed === '' ? fallback : typed),
            }))
          : null,
        // What may be typed as well as chosen.
        examples: isChoice ? [] : examples.map((one) => ({ value: one.value, help: firstLine(one.help) })),
        error: question.error,
      },
    },
  };
}

const BOOL = [
  { value: 'true', help: '' },
  { value: 'false', help: '' },
];

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/\.$/, '') ?? '';
}
