import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_DIR } from './client-files.js';
import type { Lang } from './lang.js';

type Texts = Readonly<Record<string, string>>;

const read = (lang: Lang): Texts =>
  JSON.parse(readFileSync(join(CLIENT_DIR, 'locales', `${lang}.json`), 'utf8')) as Texts;

const TEXTS: Record<Lang, Texts> = { en: read('en'), es: read('es') };
const PLURALS: Record<Lang, Intl.PluralRules> = {
  en: new Intl.PluralRules('en'),
  es: new Intl.PluralRules('es'),
};

/**
 * A text of `client/locales`. With `count`, `key_one` or `key_other` is taken.
 * @throws when there is no such text: a page must never show a key
 */
export function say(lang: Lang, key: string, params: Readonly<Record<string, string | number>> = {}): string {
  const { count } = params;
  const plural =
    typeof count === 'number' ? `${key}_${PLURALS[lang].select(count) === 'one' ? 'one' : 'other'}` : key;
  const template = TEXTS[lang][plural] ?? TEXTS[lang][key];
  if (template === undefined) throw new Error(`no text ${key} in ${lang}`);
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
