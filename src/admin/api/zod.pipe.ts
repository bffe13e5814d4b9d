import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { PROBLEM_TEXTS } from '../../apps/problem-texts.js';
import type { ProblemCode } from '../../apps/problem-texts.js';
import { describeProblem, problem } from '../../apps/problem.js';
import { HttpProblem } from '../http-problem.js';
import type { FieldProblem } from '../http-problem.js';
import type { Lang } from '../lang.js';
import { PROBLEM_MARK } from './bodies.js';

const LOCALE = { en: z.locales.en().localeError, es: z.locales.es().localeError };
const WHOLE = 'body';

/** Checks a body or query; what is wrong names the field and the fix. */
@Injectable()
export class ZodPipe<T extends z.ZodType> implements PipeTransform<unknown, z.infer<T>> {
  /** @param name of the value itself, where it is not a body */
  constructor(
    private readonly schema: T,
    private readonly name: string = WHOLE,
  ) {}

  /** @throws HttpProblem body-invalid */
  transform(value: unknown): z.infer<T> {
    const input = value ?? {};
    const result = this.schema.safeParse(input);
    if (result.success) return result.data;
    throw new HttpProblem('body-invalid', {}, this.describe(input));
  }

  private describe(input: unknown): FieldProblem[] {
    const [en, es] = (['en', 'es'] as const).map(
      (lang) => this.schema.safeParse(input, { error: LOCALE[lang] }).error?.issues ?? [],
    );
    return (en ?? []).map((issue, index) => ({
      field: issue.path.join('.') || this.name,
      en: sentence(issue.message, 'en'),
      es: sentence(es?.[index]?.message ?? issue.message, 'es'),
    }));
  }
}

function sentence(message: string, lang: Lang): string {
  const code = message.startsWith(PROBLEM_MARK) ? message.slice(PROBLEM_MARK.length) : '';
  if (!(code in PROBLEM_TEXTS)) return message;
  const { says, fix } = describeProblem(problem(code as ProblemCode), lang);
  return `${says} ${fix}`;
}
