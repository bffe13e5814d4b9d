import { z } from 'zod';

const DEFAULTS_PEOPLE_LEAVE =
  /^(change[-_ ]?me|admin|password|secret|example|default|test|1234\d*|your[-_ ].*)$/i;

const text = z.string().trim();
const flag = z
  .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
  .transform((value) => value === 'true' || value === '1');
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .trim()
    .regex(/^\d+$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be between ${min} and ${max}` });
const zone = text.refine(isTimezone, { error: 'must be an IANA time zone, for example Europe/Madrid' });
const secret = (minLength: number) =>
  z
    .string({ error: 'is required' })
    .min(minLength, {
      error: `must have at least ${minLength} characters; make one with: openssl rand -base64 32`,
    })
    .refine((value) => !DEFAULTS_PEOPLE_LEAVE.test(value), {
      error: 'must not be a default or example value',
    });

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function isToken(value: string): boolean {
  try {
    const token: unknown = JSON.parse(value);
    return typeof token === 'object' && token !== null && 'access_token' in token;
  } catch {
    return false;
  }
}

const DAY_S = 86_400;

/** Every key of the environment that the agent knows; `.env.example` is held against it by a spec. */
export const ENVIRONMENT = z.object({
  APP_PORT: wholeNumber(0, 65_535).default(5550),
  APP_BIND: text.default('0.0.0.0'),
  APP_SECRET_KEY: secret(32),
  APP_ADMIN_USER: text.min(1).default('admin'),
  APP_ADMIN_PASS: secret(12),
  APP_API_TOKEN: z.string().min(24, { error: 'must have at least 24 characters' }).optional(),
  APP_LANG: z.enum(['en', 'es'], { error: 'must be en or es' }).default('en'),
  APP_PUBLIC_HOSTS: text.default(''),
  APP_SECURE_COOKIES: flag.default(false),
  LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug', 'verbose']).default('log'),
  DATA_DIR: text.default('./data'),
  DATABASE_URL: text.optional(),
  DOCKER_HOST: text
    .regex(/^(unix:\/\/|tcp:\/\/)/, { error: 'must start with unix:// or tcp://' })
    .default('unix:///var/run/docker.sock'),
  DOCKER_CERT_PATH: text.optional(),
  // As Docker has it: whatever it says, unless it says no.
  DOCKER_TLS_VERIFY: text.transform((value) => !['0', 'false'].includes(value)).default(false),
  DOCKER_API_VERSION: text
    .regex(/^v?1\.(4[1-9]|5[0-2])$/, { error: 'must be between 1.41 and 1.52' })
    .transform((value) => value.replace('v', ''))
    .nullable()
    .default(null),
  BACKUPS_NETWORK: text.min(1).default('backups_net'),
  BACKUPS_NETWORKS_ALLOWED: text.default(''),
  LABEL_PREFIX: text
    .regex(/^[a-z][a-z0-9.-]{0,62}$/, { error: 'must be lower-case letters, digits, dots and dashes' })
    .default('backup'),
  INSTANCE_NAME: text.default(''),
  ALLOW_IMAGE_LABELS: flag.default(false),
  REQUIRE_APPROVAL: flag.default(false),
  SECRETS_DIR: text.optional(),
  RESYNC_S: wholeNumber(1, 3600).default(60),
  MISSING_GRACE_S: wholeNumber(0, DAY_S).default(120),
  TZ: zone.default('UTC'),
  DEFAULT_FREQUENCY: text.default('daily'),
  DEFAULT_RETENTION: text.default('daily=7,weekly=4'),
  BLACKOUT: text.default(''),
  MAX_PARALLEL_PER_DESTINATION: wholeNumber(1, 64).default(4),
  MAX_PARALLEL_RUNS: wholeNumber(1, 64).default(4),
  LONG_RUN_S: wholeNumber(1, DAY_S).default(60),
  SCRUB_EVERY_DAYS: wholeNumber(0, 3650).default(28),
  SCRUB_MB_PER_DAY: wholeNumber(1, 1_000_000_000).default(102_400),
  RUN_LOG_DAYS: wholeNumber(1, 3650).default(30),
  RETRY_DELAYS_S: text
    .regex(/^none$|^\d{1,6}(,\s*\d{1,6})*$/, { error: 'must be seconds separated by commas, or none' })
    .default('60,300,900'),
  REQUEST_TIMEOUT_S: wholeNumber(1, 30 * DAY_S).default(6 * 3600),
  CONNECT_TIMEOUT_S: wholeNumber(1, 600).default(15),
  IDLE_TIMEOUT_S: wholeNumber(1, DAY_S).default(300),
  MIN_RATE_BYTES_S: wholeNumber(0, 1_000_000_000).default(256),
  BACKUP_MAX_SIZE_MB: wholeNumber(1, 1_000_000_000).default(1_048_576),
  RCLONE_REMOTE: text
    .regex(/^[A-Za-z0-9_-]+:?$/, { error: 'must be the name of an rclone remote' })
    .optional(),
  RCLONE_CONFIG: text.optional(),
  RCLONE_BINARY: text.default('rclone'),
  RCLONE_START_TIMEOUT_S: wholeNumber(1, 600).default(15),
  RCLONE_REST_AFTER_S: wholeNumber(0, DAY_S).default(60),
  RCLONE_CONFIG_PASS: z.string().optional(),
  RCLONE_PROXY: text.regex(/^https?:\/\/[^\s/]+\/?$/, { error: 'must be http://host:port' }).optional(),
  RCLONE_CA_BUNDLE: text.regex(/^\//, { error: 'must be an absolute path' }).optional(),
  RCLONE_DRIVE_CLIENT_ID: text.optional(),
  RCLONE_DRIVE_CLIENT_SECRET: text.optional(),
  RCLONE_DRIVE_TOKEN: text
    .refine(isToken, { error: 'must be the JSON that rclone authorize prints' })
    .optional(),
  RCLONE_DRIVE_SCOPE: z
    .enum(['drive', 'drive.file', 'drive.readonly', 'drive.appfolder', 'drive.metadata.readonly'])
    .default('drive'),
  RCLONE_DRIVE_SHARE_TYPE: z
    .enum(['user', 'group', 'domain', 'anyone'], { error: 'must be user, group, domain or anyone' })
    .default('user'),
  RCLONE_DRIVE_SHARE_ROLE: z
    .enum(['reader', 'commenter', 'writer'], { error: 'must be reader, commenter or writer' })
    .default('reader'),
  DESTINATION_TIMEOUT_S: wholeNumber(1, DAY_S).default(300),
  DESTINATION_CHECK_EVERY_S: wholeNumber(60, 7 * DAY_S).default(3600),
  DESTINATION_FREE_WARN_PERCENT: wholeNumber(0, 99).default(10),
  LOCAL_DIRECTORIES_ROOT: text.regex(/^\//, { error: 'must be an absolute path' }).optional(),
  LOCAL_BACKUPS_DIR: text.optional(),
  RCLONE_LOCAL_DIRECTORIES: text.default(''),
  TEST_CRASH_AT: text.optional(),
  TEST_LEASE_MS: wholeNumber(100, DAY_S * 1000).default(15_000),
});

export type Environment = z.infer<typeof ENVIRONMENT>;

/** Keys that only our own tests set; not for `.env.example`. */
export const TEST_KEYS = ['TEST_CRASH_AT', 'TEST_LEASE_MS'] as const;

/** Keys that may also be given as `<NAME>_FILE`: the path of a file that holds the value. */
export const SECRET_KEYS = [
  'APP_SECRET_KEY',
  'APP_ADMIN_PASS',
  'APP_API_TOKEN',
  'DATABASE_URL',
  'RCLONE_CONFIG_PASS',
  'RCLONE_PROXY',
  'RCLONE_DRIVE_CLIENT_SECRET',
  'RCLONE_DRIVE_TOKEN',
] as const;
