import { z } from 'zod';
import { checkSetting } from '../../apps/settings.js';
import type { SettingName } from '../../apps/settings.js';
import type { ProblemCode } from '../../apps/problem.js';
import { SETTING_BY_JSON_NAME } from './setting-names.js';

/** Marks messages that are codes of problem-texts, so that the answer can say them in the reader's language. */
export const PROBLEM_MARK = 'problem:';
export const coded = (code: ProblemCode): string => `${PROBLEM_MARK}${code}`;

/** A text that is read like the label of that name. */
const setting = (name: SettingName) =>
  z.string().superRefine((raw, context) => {
    const checked = checkSetting(name, raw);
    if (!checked.ok) context.addIssue({ code: 'custom', message: coded(checked.code), input: raw });
  });

function isPlainUrl(raw: string): boolean {
  if (!URL.canParse(raw)) return false;
  const url = new URL(raw);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  return (
    isHttp &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '' &&
    !raw.includes('?') &&
    !raw.includes('#')
  );
}

const count = z.int().min(0).max(9999);
const retention = z.strictObject({
  last: count.optional(),
  daily: count.optional(),
  weekly: count.optional(),
  monthly: count.optional(),
  yearly: count.optional(),
  min: z.int().min(1).max(9999).optional(),
});

const fields = {
  name: setting('name').meta({ examples: ['My app'] }),
  url: z
    .string()
    .max(2000)
    .refine(isPlainUrl, { error: coded('url-invalid') })
    .meta({
      description: 'Base address of the app, without user, password, query or fragment',
      examples: ['http://my-app:8080'],
    }),
  token: z
    .string()
    .min(1)
    .max(4096)
    .nullable()
    .meta({ description: 'Sent as Authorization: Bearer; kept encrypted, never shown' }),
  drive_folder_id: setting('driveFolderId')
    .nullable()
    .meta({ description: 'Google Drive folder on the destination' }),
  schedule: setting('frequency')
    .nullable()
    .meta({
      description: 'daily, daily@03:00, weekly@sun-03:00, every 6h, or a five-field cron expression',
      examples: ['daily@03:00'],
    }),
  retention: retention.nullable().meta({ examples: [{ daily: 7, weekly: 4 }] }),
};

export const NEW_APP = z.strictObject({
  name: fields.name,
  url: fields.url,
  token: fields.token.optional(),
  drive_folder_id: fields.drive_folder_id.optional(),
  schedule: fields.schedule.optional(),
  retention: fields.retention.optional(),
});
export type NewAppBody = z.infer<typeof NEW_APP>;

/** A field left out stays; null goes back to the default. */
export const CHANGED_APP = NEW_APP.partial();
export type ChangedAppBody = z.infer<typeof CHANGED_APP>;

/** Values are written like labels; null takes an override away. */
export const OVERRIDES = z
  .strictObject(
    Object.fromEntries(
      [...SETTING_BY_JSON_NAME].map(([jsonName, name]) => [jsonName, setting(name).nullable().optional()]),
    ),
  )
  .meta({ examples: [{ frequency: 'daily@03:00', retention: null }] });
export type OverridesBody = z.infer<typeof OVERRIDES>;

export const PIN = z.strictObject({ pinned: z.boolean() });

/** A frequency and a time zone to try; left out = what is in force. */
export const SCHEDULE_QUERY = z.object({
  frequency: setting('frequency').optional(),
  timezone: setting('timezone').optional(),
});
export type ScheduleQuery = z.infer<typeof SCHEDULE_QUERY>;

const limit = z.coerce.number().int().min(1).max(200).default(50);
export const OUTCOMES = ['succeeded', 'partial', 'failed', 'cancelled', 'interrupted'] as const;
export const TRIGGERS = ['schedule', 'manual', 'api', 'retry', 'catch-up'] as const;
export const STATES = ['queued', 'running', 'finished'] as const;
export const JOBS_QUERY = z.object({
  app_id: z.string().max(100).optional(),
  state: z.enum(STATES).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  trigger: z.enum(TRIGGERS).optional(),
  limit,
  cursor: z.string().max(200).optional(),
});
export type JobsQuery = z.infer<typeof JOBS_QUERY>;

export const PAGE_QUERY = z.object({ limit, cursor: z.string().max(200).optional() });
export type PageQuery = z.infer<typeof PAGE_QUERY>;
