import type { FailureCode } from '../../../core/failure-texts.js';
import { ENCRYPT, FOLDER, NAME, TOKEN, choice } from './fields.js';
import type { Field } from './fields.js';

/** A way to set up a destination: one form with plain words. */
export interface Kind {
  id: string;
  /** rclone's backend. */
  type: string;
  fields: readonly Field[];
  /** Options that a person need not know about. */
  fixed?: Readonly<Record<string, string>>;
  /** `rclone authorize <this>` gives the token to paste. */
  authorise?: string;
  /** Keys of texts above the form. */
  warnings?: readonly string[];
  /** rclone asks for what the form does not. */
  isAsked?: boolean;
  /** Which field a failure of the trial is most likely about. */
  blame?: Partial<Record<FailureCode, string>>;
}

const DRIVE: Kind = {
  id: 'drive',
  type: 'drive',
  authorise: 'drive',
  warnings: ['wizard.driveOwnClient', 'wizard.driveTesting'],
  fixed: { stop_on_upload_limit: 'true' },
  blame: { 'destination-expired': 'token', 'destination-auth': 'token' },
  fields: [
    NAME,
    { name: 'client_id', input: 'text', hint: true, required: true },
    { name: 'client_secret', input: 'password', required: true, secret: true },
    TOKEN,
    { ...FOLDER, fallback: 'Backups' },
    ENCRYPT,
    {
      name: 'scope',
      input: 'select',
      hint: true,
      more: true,
      choices: [choice('drive', 'choice.scope.drive'), choice('drive.file', 'choice.scope.file')],
    },
    { name: 'team_drive', input: 'text', hint: true, more: true },
    { name: 'service_account_credentials', input: 'textarea', hint: true, secret: true, more: true },
    { name: 'impersonate', input: 'text', hint: true, more: true },
  ],
};

const S3: Kind = {
  id: 's3',
  type: 's3',
  fixed: { no_check_bucket: 'true' },
  blame: {
    'destination-auth': 'secret_access_key',
    'destination-unreachable': 'endpoint',
    'destination-changed': 'bucket',
    'copy-missing': 'bucket',
  },
  fields: [
    NAME,
    {
      name: 'provider',
      input: 'select',
      choices: [
        'AWS',
        'Cloudflare',
        'DigitalOcean',
        'IDrive',
        'Minio',
        'Scaleway',
        'Wasabi',
        'Ceph',
        'Other',
      ].map((value) => choice(value, value === 'Other' ? 'choice.provider.Other' : undefined)),
    },
    { name: 'endpoint', input: 'text', hint: true },
    { name: 'region', input: 'text', hint: true },
    { name: 'access_key_id', input: 'text', required: true },
    { name: 'secret_access_key', input: 'password', required: true, secret: true },
    { name: 'bucket', input: 'text', required: true, hint: true, own: true },
    FOLDER,
    {
      name: 'chunk_size',
      input: 'select',
      hint: true,
      choices: ['5Mi', '16Mi', '64Mi', '128Mi'].map((value) => choice(value, `choice.chunk.${value}`)),
    },
    ENCRYPT,
    { name: 'storage_class', input: 'text', hint: true, more: true },
  ],
};

const SFTP: Kind = {
  id: 'sftp',
  type: 'sftp',
  blame: {
    'destination-auth': 'pass',
    'destination-unreachable': 'host',
    'destination-host-key': 'accept',
  },
  fields: [
    { name: 'host', input: 'text', required: true, hint: true },
    { name: 'port', input: 'text', fallback: '22' },
    { name: 'user', input: 'text', required: true },
    { name: 'pass', input: 'password', secret: true },
    { name: 'key_pem', input: 'textarea', hint: true, secret: true },
    { name: 'key_file_pass', input: 'password', secret: true },
  ],
};

const WEBDAV: Kind = {
  id: 'webdav',
  type: 'webdav',
  blame: { 'destination-auth': 'pass', 'destination-unreachable': 'url', 'copy-missing': 'url' },
  fields: [
    NAME,
    {
      name: 'vendor',
      input: 'select',
      choices: [
        choice('nextcloud', 'choice.vendor.nextcloud'),
        choice('owncloud', 'choice.vendor.owncloud'),
        choice('other', 'choice.vendor.other'),
      ],
    },
    { name: 'url', input: 'text', required: true, hint: true },
    { name: 'user', input: 'text' },
    { name: 'pass', input: 'password', hint: true, secret: true },
    FOLDER,
    ENCRYPT,
  ],
};

/** @param isAsked rclone has more questions, and then name and folder follow */
const withToken = (id: string, isAsked: boolean): Kind => ({
  id,
  type: id,
  isAsked,
  authorise: id,
  blame: { 'destination-expired': 'token', 'destination-auth': 'token' },
  fields: [
    ...(isAsked ? [] : [NAME]),
    TOKEN,
    ...(isAsked ? [] : [FOLDER, ENCRYPT]),
    { name: 'client_id', input: 'text', text: 'ownClientId', hint: true, more: true },
    { name: 'client_secret', input: 'password', secret: true, more: true },
  ],
});

const B2: Kind = {
  id: 'b2',
  type: 'b2',
  // Else what retention deletes is only hidden there, and goes on being paid for.
  fixed: { hard_delete: 'true' },
  blame: { 'destination-auth': 'key', 'destination-changed': 'bucket', 'copy-missing': 'bucket' },
  fields: [
    NAME,
    { name: 'account', input: 'text', required: true, hint: true },
    { name: 'key', input: 'password', required: true, secret: true },
    { name: 'bucket', input: 'text', required: true, hint: true, own: true },
    FOLDER,
    ENCRYPT,
  ],
};

const LOCAL: Kind = {
  id: 'local',
  type: 'local',
  blame: { 'destination-auth': 'folder', 'destination-error': 'folder', 'destination-full': 'root' },
  fields: [
    NAME,
    { name: 'root', input: 'select', hint: true, own: true },
    { name: 'folder', input: 'text', text: 'localFolder', hint: true, own: true },
    ENCRYPT,
  ],
};

const SHARED: Kind = {
  id: 'shared',
  type: 'alias',
  warnings: ['wizard.sharedReads'],
  blame: { 'destination-expired': 'email', 'destination-auth': 'email' },
  fields: [
    NAME,
    { name: 'email', input: 'email', required: true, hint: true, own: true },
    { name: 'folder', input: 'text', text: 'sharedFolder', hint: true, required: true, own: true },
  ],
};

/** In the order in which the wizard offers them; “any other” has no form of its own. */
export const KINDS: readonly Kind[] = [
  SHARED,
  DRIVE,
  SFTP,
  LOCAL,
  S3,
  WEBDAV,
  withToken('onedrive', true),
  withToken('dropbox', false),
  B2,
];
export const OTHER = 'other';

/** What is asked of a server before anybody signs in, and after its fingerprint was accepted. */
export const SERVER_FIELDS = SFTP.fields.filter(({ name }) => name === 'host' || name === 'port');
export const SIGN_IN_FIELDS = SFTP.fields.filter((field) => !SERVER_FIELDS.includes(field));

export function kindById(id: string): Kind | null {
  return KINDS.find((kind) => kind.id === id) ?? null;
}

/** The kind whose fields an edit form shows; null = rclone's own names. */
export function kindOfType(type: string): Kind | null {
  return KINDS.find((kind) => kind.type === type && kind.id !== 'shared') ?? null;
}
