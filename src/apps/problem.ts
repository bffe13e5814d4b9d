import { redact } from '../core/redact.js';
import { PROBLEM_TEXTS } from './problem-texts.js';
import type { ProblemCode, ProblemSentence, Severity } from './problem-texts.js';

export type { ProblemCode, Severity } from './problem-texts.js';

/** One thing that is wrong, as data: the sentence is made for each reader in `describeProblem`. */
export interface Problem {
  code: ProblemCode;
  /** The label or setting it is about; null when it is about the container. */
  label: string | null;
  /** The offending value: redacted, cut at 80 characters. */
  value: string | null;
  params: Record<string, string>;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; code: ProblemCode };

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const refused = (code: ProblemCode): { ok: false; code: ProblemCode } => ({ ok: false, code });

export function problem(
  code: ProblemCode,
  about: { label?: string; value?: string; params?: Record<string, string> } = {},
): Problem {
  const value = about.value === undefined ? null : redact(about.value).slice(0, 80);
  return { code, label: about.label ?? null, value, params: about.params ?? {} };
}

export function severityOf(code: ProblemCode): Severity {
  return PROBLEM_TEXTS[code].severity;
}

/** A suggestion is kept as `: backup.frequency?`, in no language; empty = there is none. */
function didYouMean(suggestion: string, lang: 'en' | 'es'): string {
  const meant = /^: (.+)\?$/.exec(suggestion)?.[1];
  if (meant === undefined) return '';
  return lang === 'en' ? ` Did you mean ${meant}?` : ` ¿Quería decir ${meant}?`;
}

export function describeProblem(found: Problem, lang: 'en' | 'es'): ProblemSentence {
  const { says, fix } = PROBLEM_TEXTS[found.code][lang];
  const valueOf = (name: string): string | undefined =>
    name === 'suggestion' ? didYouMean(found.params[name] ?? '', lang) : found.params[name];
  const fill = (template: string): string =>
    template.replace(
      /\{(\w+)\}/g,
      (whole, name: string) => valueOf(name) ?? (name === 'prefix' ? 'backup' : whole),
    );
  return { says: fill(says), fix: fill(fix) };
}
