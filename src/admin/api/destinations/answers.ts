import { z } from 'zod';
import { UNKNOWN_REASONS } from '../../../backups/classify-contents.js';

const instant = z.iso.datetime();
const bytes = z.int().min(0);
const problem = z.object({ code: z.string(), message: z.string(), hint: z.string(), detail: z.string() });
const space = z
  .object({ total_bytes: bytes.nullable(), free_bytes: bytes.nullable() })
  .meta({ description: 'As the storage says; null where it does not' });

const summary = z.object({
  name: z.string(),
  type: z.string(),
  folder: z.string(),
  origin: z.enum(['found', 'adopted', 'environment', 'admin']),
  is_default: z.boolean(),
  can_edit: z.boolean(),
  can_adopt: z.boolean(),
  state: z.enum(['unknown', 'ok', 'warning', 'failing', 'needs-authorisation']),
  needs_authorisation: z.boolean().meta({ description: 'Only a person can help, by giving new credentials' }),
  error: problem.nullable(),
  checked_at: instant.nullable(),
  unwell_since: instant.nullable(),
  space,
  apps: z.int().min(0).meta({ description: 'How many apps back up there' }),
});

const destination = summary.extend({
  options: z.record(z.string(), z.string()).meta({ description: 'Without secrets' }),
  secrets_set: z.array(z.string()).meta({ description: 'Names of secret options that have a value' }),
  fingerprints: z.array(z.string()).meta({ description: 'Of the accepted host keys (SFTP)' }),
  used_by: z.array(z.object({ id: z.string(), name: z.string() })),
  backups: z.int().min(0).meta({ description: 'Copies that are known to lie there' }),
});

const field = z.object({
  name: z.string(),
  help: z.string(),
  default: z.string(),
  examples: z.array(z.object({ value: z.string(), help: z.string(), provider: z.string() })),
  provider: z.string(),
  required: z.boolean(),
  secret: z.boolean(),
  advanced: z.boolean(),
  exclusive: z.boolean(),
  kind: z.string(),
});

const question = z.object({
  state: z.string(),
  name: z.string(),
  help: z.string(),
  default: z.string(),
  examples: z.array(z.object({ value: z.string(), help: z.string() })),
  required: z.boolean(),
  secret: z.boolean(),
  exclusive: z.boolean(),
  kind: z.string(),
  error: z.string(),
});

const contentFolder = z.object({
  destination: z.string(),
  folder: z.string(),
  state: z.enum(['ours', 'unmarked', 'other-agent', 'absent']),
  owner: z.string().nullable().meta({ description: 'Id of the other agent' }),
  backups: z.int().min(0),
});
const manifest = z.object({
  app_key: z.string(),
  app_name: z.string(),
  created_at: instant,
  size_bytes: bytes,
  sha256: z.string(),
  format: z.string(),
});

/** What the API answers about destinations; part of ANSWERS. */
export const DESTINATION_ANSWERS = {
  DestinationList: z.object({ items: z.array(summary), next_cursor: z.string().nullable() }),
  Destination: destination,
  CreatedDestination: z.object({
    destination,
    encryption: z
      .object({ password: z.string(), salt: z.string(), escrow: z.string() })
      .nullable()
      .meta({ description: 'Shown once: without these keys nothing can be restored' }),
  }),
  DestinationContents: z.object({
    folders: z.array(contentFolder),
    unknown: z.array(
      z.object({
        destination: z.string(),
        object_key: z.string(),
        size_bytes: bytes,
        reason: z.enum(UNKNOWN_REASONS),
        message: z.string(),
        manifest: manifest.nullable().meta({ description: 'Of an adoptable object' }),
      }),
    ),
    truncated: z.boolean().meta({ description: 'There is more than one look shows' }),
  }),
  ContentFolder: contentFolder,
  SharedFolder: z.object({ destination, link: z.string() }),
  DestinationTest: z.object({ ok: z.boolean(), error: problem.nullable() }),
  FolderList: z.object({ path: z.string(), items: z.array(z.string()), next_cursor: z.string().nullable() }),
  HostKeyList: z.object({
    items: z.array(z.object({ type: z.string(), fingerprint: z.string(), line: z.string() })),
    next_cursor: z.string().nullable(),
  }),
  DestinationTypeList: z.object({
    items: z.array(z.object({ type: z.string(), description: z.string(), fields: z.array(field) })),
    next_cursor: z.string().nullable(),
  }),
  DestinationDraft: z.object({ id: z.string(), done: z.boolean(), question: question.nullable() }),
} as const;
