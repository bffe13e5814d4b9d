import type { Response } from 'express';
import { z } from 'zod';
import type { HttpProblem } from '../http-problem.js';
import { langOf } from '../lang.js';

/** A form's fields: as the schema says, and the token against foreign forms beside them. */
export function formOf<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  return z.object(schema.shape);
}

/** What was wrong, for the page that is shown again with what was typed. */
export function refusalOf(error: HttpProblem, response: Response): { says: string; fix: string } {
  const { message, hint } = error.describe(langOf(response));
  return { says: message, fix: error.fields.length > 0 ? '' : hint };
}
