import { HTTP_PROBLEM_TEXTS } from './problem-texts.js';
import type { HttpProblemCode } from './problem-texts.js';
import type { Lang } from './lang.js';

/** A field of the request that is not right, in both languages. */
export interface FieldProblem {
  field: string;
  en: string;
  es: string;
}

/** A request that cannot be served as it is. The filter makes the answer, in the reader's language. */
export class HttpProblem extends Error {
  constructor(
    readonly code: HttpProblemCode,
    readonly params: Readonly<Record<string, string>> = {},
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(HTTP_PROBLEM_TEXTS[code].en.says);
    this.name = 'HttpProblem';
  }

  get status(): number {
    return HTTP_PROBLEM_TEXTS[this.code].status;
  }

  describe(lang: Lang): { message: string; hint: string } {
    const { says, hint } = HTTP_PROBLEM_TEXTS[this.code][lang];
    const fill = (template: string): string =>
      template.replace(/\{(\w+)\}/g, (whole, name: string) => this.params[name] ?? whole);
    if (this.fields.length === 0) return { message: fill(says), hint };
    return { message: this.fields.map((problem) => `${problem.field}: ${problem[lang]}`).join(' · '), hint };
  }
}

/** @throws HttpProblem when the thing is null */
export function found<T>(thing: T | null, code: HttpProblemCode): T {
  if (thing === null) throw new HttpProblem(code);
  return thing;
}
