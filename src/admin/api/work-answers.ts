import { z } from 'zod';
import { LOG_LEVELS } from '../../core/log-buffer.js';

const instant = z.iso.datetime();
const list = (item: z.ZodType) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });

export const failure = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  detail: z.string(),
});

/** What is answered about tests and logs. */
export const WORK_ANSWERS = {
  AppTest: z.object({
    ok: z.boolean(),
    checks: z.array(
      z.object({
        name: z.enum([
          'resolve',
          'connect',
          'auth',
          'capabilities',
          'headers',
          'first-bytes',
          'checksum',
          'destination',
        ]),
        subject: z.string().nullable().meta({ description: 'The name of the destination' }),
        outcome: z.enum(['ok', 'warning', 'failed', 'skipped']),
        took_ms: z.int().min(0),
        detail: z.string(),
        error: failure.nullable(),
      }),
    ),
  }),
  JobLog: list(z.object({ at: instant, level: z.enum(['log', 'warn', 'error']), line: z.string() })),
  Log: list(
    z.object({
      id: z.int(),
      at: instant,
      level: z.enum(LOG_LEVELS),
      context: z.string(),
      message: z.string(),
    }),
  ),
} as const;
