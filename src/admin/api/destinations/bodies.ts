import { z } from 'zod';

const text = z.string().max(20_000);
const name = z
  .string()
  .min(1)
  .max(100)
  .meta({ description: 'Letters, digits, dots, dashes, underscores', examples: ['nas'] });
const folder = z
  .string()
  .max(1000)
  .meta({ description: 'Folder below the root of the storage; empty = the root', examples: ['backups'] });
const options = z
  .record(z.string().max(100), z.union([text, z.number(), z.boolean()]).transform(String))
  .meta({
    description: 'Options of that kind of storage, see GET /api/destination-types; secrets are write-only',
    examples: [{ host: 'nas.lan', user: 'backup', pass: '…' }],
  });
const type = z
  .string()
  .min(1)
  .max(50)
  .meta({
    description: '`local` (option `path`), any type of GET /api/destination-types, or `crypt` with `over`',
    examples: ['sftp'],
  });
const over = z
  .strictObject({ destination: name, folder: folder.default('') })
  .meta({ description: 'For `crypt`: the destination that it lies over' });
const hostKeys = z
  .array(text)
  .max(20)
  .meta({ description: 'For `sftp`: the `line`s of POST /api/destinations/host-key that were accepted' });

const remote = { type, options: options.default({}), over: over.optional(), host_keys: hostKeys.optional() };

export const NEW_DESTINATION = z.strictObject({
  name,
  ...remote,
  folder: folder.default(''),
  encrypt: z.boolean().default(false).meta({
    description: 'Encrypted by rclone crypt; the keys are in this answer and never shown again',
  }),
});
export type NewDestinationBody = z.infer<typeof NEW_DESTINATION>;

export const CHANGED_DESTINATION = z.strictObject({
  options: options.optional().meta({ description: 'Those not named stay; an empty text takes one away' }),
  folder: folder.optional(),
  host_keys: hostKeys.optional(),
});
export type ChangedDestinationBody = z.infer<typeof CHANGED_DESTINATION>;

export const SHARED_FOLDER = z.strictObject({
  name,
  folder: folder.min(1).meta({ description: "Folder below the agent's own Google Drive remote" }),
  email: z
    .string()
    .max(300)
    .default('')
    .meta({ description: 'Whom it is shared with', examples: ['ana@example.org'] }),
  anyone: z
    .boolean()
    .default(false)
    .meta({ description: 'Needed where RCLONE_DRIVE_SHARE_TYPE is anyone: whoever has the link can read' }),
});
export type SharedFolderBody = z.infer<typeof SHARED_FOLDER>;

export const NEW_NAME = z.strictObject({ name });
export const NEW_FOLDER = z.strictObject({ path: folder.min(1) });
export const HOST = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(300)
    .meta({ examples: ['nas.lan'] }),
  port: z.int().min(1).max(65_535).default(22),
});

export const NEW_DRAFT = z.strictObject({
  ...remote,
  ask: z.enum(['nothing', 'needed', 'everything']).default('needed').meta({
    description:
      "Which of the backend's own questions are asked: none (the options say it all), what they leave open, or all",
  }),
});
export type NewDraftBody = z.infer<typeof NEW_DRAFT>;
export const DRAFT_ANSWER = z.strictObject({
  state: text.meta({ description: 'Of the question, unchanged' }),
  answer: z.union([text, z.boolean(), z.number()]).transform(String).meta({ description: 'Empty = default' }),
});
export const SAVED_DRAFT = z.strictObject({ name, folder: folder.default('') });
export const TRIED_DRAFT = z.strictObject({ folder: folder.default('') });

export const FOLDER_QUERY = z.object({ path: folder.default('') });
export const REMOVAL_QUERY = z.object({
  reassign_to: z.string().max(100).optional(),
  delete_data: z.string().max(100).optional(),
  keep_data: z.enum(['true', 'false']).optional(),
});
export type RemovalQuery = z.infer<typeof REMOVAL_QUERY>;

export const ADOPTED_OBJECTS = z.union([
  z.strictObject({
    object_keys: z
      .array(z.string().min(1).max(1000))
      .min(1)
      .max(500)
      .meta({
        description: 'As GET …/contents names them',
        examples: [['ghost/ghost_20261124_0300.tar.gz']],
      }),
  }),
  z.strictObject({ all: z.literal(true).meta({ description: 'Every adoptable object, newest first' }) }),
]);
export type AdoptedObjectsBody = z.infer<typeof ADOPTED_OBJECTS>;
export const MARKED_FOLDER = z.strictObject({
  folder: folder.meta({ description: 'Empty: the root of the destination, when its own marker is gone' }),
  destination: name.optional().meta({ description: 'Where the folder lies in a Drive folder of its own' }),
  take_over: z.boolean().default(false).meta({
    description: 'The agent that it belongs to is gone for good; the folder is ours from now on',
  }),
});
export type MarkedFolderBody = z.infer<typeof MARKED_FOLDER>;
