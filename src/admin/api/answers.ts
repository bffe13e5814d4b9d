import { z } from 'zod';
import { AUDIT_ACTIONS } from '../../apps/audit-entry.entity.js';
import { WORK_ANSWERS, failure } from './work-answers.js';
import { DESTINATION_ANSWERS } from './destinations/answers.js';

const id = z.string().meta({ examples: ['5f0c1c3e-9f0b-4a52-9f5c-0b8a6d3f2e11'] });
const instant = z.iso.datetime();
const bytes = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const list = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });

const problem = z.object({
  code: z.string(),
  severity: z.enum(['error', 'suspend', 'warning', 'hint']),
  label: z.string().nullable(),
  value: z.string().nullable(),
  message: z.string(),
  fix: z.string(),
});

const setting = z.object({
  value: z.string().nullable(),
  from: z.enum(['default', 'label', 'manual', 'override']),
  shadowed: z
    .string()
    .optional()
    .meta({ description: 'A different label value that the override hides (drift)' }),
});

const app = z.object({
  id,
  key: z.string(),
  name: z.string(),
  origin: z.enum(['label', 'manual']),
  state: z.enum([
    'active',
    'stopped',
    'missing',
    'archived',
    'invalid',
    'degraded',
    'suspended',
    'conflict',
    'paused',
    'pending',
  ]),
  problems: z.array(problem),
  container: z
    .object({ id: z.string(), name: z.string().nullable(), image: z.string().nullable() })
    .nullable(),
  url: z.string().nullable(),
  settings: z.record(z.string(), setting),
  last_good_backup_at: instant.nullable(),
  next_run_at: instant.nullable(),
  created_at: instant,
  updated_at: instant,
});

const backup = z.object({
  id,
  app_id: id,
  job_id: id
    .nullable()
    .meta({ description: 'null: taken in from its manifest, and its run is not known here' }),
  destination: z.string(),
  object_key: z.string(),
  size_bytes: bytes,
  sha256,
  format: z.string(),
  created_at: instant,
  state: z.enum(['verified', 'suspicious', 'corrupt', 'missing', 'deleting', 'deleted']),
  proof: z.object({
    declared: z
      .object({
        size_bytes: bytes.nullable(),
        sha256: sha256.nullable(),
        sha256_from: z.enum(['header', 'trailer']).nullable(),
      })
      .nullable(),
    counted: z.object({ size_bytes: bytes, sha256 }),
    destination: z.object({
      level: z.enum(['size', 'hash', 'read-back']),
      size_bytes: bytes,
      reported: z.object({ name: z.enum(['md5', 'sha1', 'sha256']), value: z.string() }).nullable(),
    }),
    read_back: z.boolean(),
  }),
  checked_at: instant
    .nullable()
    .meta({ description: 'When the stored bytes were last read again after the run' }),
  pinned: z.boolean(),
  keep_reasons: z.array(z.string()),
});

const copy = z.object({
  destination: z.string(),
  object_key: z.string(),
  outcome: z.enum(['pending', 'stored', 'failed', 'unsettled']),
  error: failure.nullable(),
});

const job = z.object({
  id,
  app_id: id,
  trigger: z.enum(['schedule', 'manual', 'api', 'retry', 'catch-up']),
  state: z.enum(['queued', 'running', 'finished']),
  outcome: z.enum(['succeeded', 'partial', 'failed', 'cancelled', 'interrupted']).nullable(),
  attempt: z.int(),
  error: failure.nullable(),
  steps: z.array(
    z.object({
      name: z.string(),
      started_at: instant,
      finished_at: instant.nullable(),
      outcome: z.enum(['running', 'ok', 'failed', 'skipped']),
      detail: z.string(),
    }),
  ),
  bytes_done: bytes,
  bytes_total: bytes.nullable(),
  bytes_per_second: bytes.nullable(),
  eta_seconds: z.int().min(0).nullable(),
  size_bytes: bytes.nullable(),
  sha256: sha256.nullable(),
  queued_at: instant,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  copies: z.array(copy),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  backups: z.array(backup),
});

const secret = z.object({
  name: z.string(),
  place: z.enum(['kept', 'environment', 'file', 'missing']),
  set_by: z.string().nullable(),
  set_at: instant.nullable(),
  used_by: z.array(
    z.object({
      app_id: id.nullable(),
      app_name: z.string().nullable(),
      owner: z.string(),
      state: z.enum(['own', 'granted', 'waiting']),
      granted_by: z.string().nullable(),
      granted_at: instant.nullable(),
    }),
  ),
});

const auditEntry = z.object({
  id,
  at: instant,
  who: z.string(),
  action: z.enum(AUDIT_ACTIONS),
  subject: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  message: z.string(),
});

const briefCopy = z.object({ backup_id: id, object_key: z.string(), size_bytes: bytes, created_at: instant });
const part = z.enum(['ok', 'down']);

/** Everything that the API answers, by the name that the documentation gives it. A spec holds real answers against these. */
export const ANSWERS = {
  Error: z.object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      fields: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    }),
  }),
  RegisteredApp: z.object({ id, status: z.literal('registered') }),
  App: app,
  AppList: list(app),
  StartedJob: z.object({ job_id: id, status_url: z.string() }),
  Job: job,
  JobList: list(job),
  Backup: backup,
  BackupList: list(backup),
  AdoptedBackups: z.object({
    adopted: z.array(backup),
    refused: z.array(z.object({ object_key: z.string(), code: z.string(), message: z.string() })),
    truncated: z.boolean().meta({ description: 'There was more than one look shows: ask again' }),
  }),
  RetentionPreview: z.object({
    destinations: z.array(
      z.object({
        destination: z.string(),
        keep: z.array(briefCopy.extend({ keep_reasons: z.array(z.string()) })),
        remove: z.array(briefCopy),
      }),
    ),
  }),
  ...WORK_ANSWERS,
  PruneReport: z.object({
    lines: z.array(z.string()).meta({ description: 'One for each copy that was deleted' }),
    warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  }),
  ContainerList: z.object({
    docker: z.object({ connected: z.boolean(), detail: z.string(), api_version: z.string().nullable() }),
    items: z.array(
      z.object({
        container_id: z.string(),
        name: z.string(),
        image: z.string(),
        state: z.string(),
        networks: z.array(z.string()),
        key: z.string().nullable(),
        app_id: z.string().nullable(),
        verdict: z.enum([
          'app',
          'replica',
          'not-enabled',
          'no-labels',
          'one-off',
          'other-instance',
          'image-labels',
          'conflict',
        ]),
        why: z.string(),
        problems: z.array(problem),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  Schedule: z.object({
    frequency: z.string(),
    timezone: z.string(),
    words: z.string(),
    next_runs: z.array(instant).meta({ description: 'The next five, moved out of blackout windows' }),
  }),
  SecretList: list(secret),
  AuditList: list(auditEntry),
  ...DESTINATION_ANSWERS,
  Health: z.object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    docker: part,
    rclone: part,
    db: part,
  }),
} as const;
