import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import type { AppConfig } from './app-config.js';
import { ENVIRONMENT, SECRET_KEYS } from './config.schema.js';
import type { Environment } from './config.schema.js';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

type Source = Readonly<Record<string, string | undefined>>;

/** Start-up was refused; `problems` has one line for each bad key. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** @throws ConfigError naming every bad key at once */
export function loadConfig(source: Source): AppConfig {
  const problems: string[] = [];
  const values = withSecretFiles(source, problems);
  const parsed = ENVIRONMENT.safeParse(values);
  if (!parsed.success) problems.push(...parsed.error.issues.map(describeIssue));
  if (parsed.success) problems.push(...tlsProblems(parsed.data));
  const directories = parseLocalDirectories(values['RCLONE_LOCAL_DIRECTORIES'] ?? '', problems);
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return Object.freeze(toConfig(parsed.data, source, directories));
}

/** Without the files the connection would be plain, though TLS was asked for. */
function tlsProblems(env: Environment): string[] {
  const isPlain = env.DOCKER_HOST.startsWith('tcp://') && env.DOCKER_CERT_PATH === undefined;
  return env.DOCKER_TLS_VERIFY && isPlain
    ? ['DOCKER_TLS_VERIFY needs DOCKER_CERT_PATH, a folder with ca.pem, cert.pem and key.pem']
    : [];
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')} ${issue.message}`;
}

/** Empty means unset, as compose files write `KEY: ${KEY:-}`. */
function withSecretFiles(source: Source, problems: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(source)) {
    if (value !== undefined && value.trim() !== '') values[key] = value;
  }
  for (const key of SECRET_KEYS) {
    const path = values[`${key}_FILE`];
    if (path === undefined) continue;
    if (values[key] !== undefined) problems.push(`${key} and ${key}_FILE are both set; keep one`);
    try {
      values[key] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    } catch {
      problems.push(`${key}_FILE names a file that cannot be read: ${path}`);
    }
  }
  return values;
}

/** `Label|/path;Label2|/path2`, quotes tolerated. */
function parseLocalDirectories(value: string, problems: string[]): { label: string; path: string }[] {
  const entries = value
    .replace(/^["']|["']$/g, '')
    .split(';')
    .map((entry) => entry.trim().replace(/^["']|["']$/g, ''))
    .filter((entry) => entry !== '');
  return entries.flatMap((entry) => {
    const [label = '', path = ''] = entry.split('|').map((part) => part.trim());
    if (label !== '' && path.startsWith('/') && !path.split('/').includes('..')) return [{ label, path }];
    problems.push(`RCLONE_LOCAL_DIRECTORIES has an entry that is not Label|/absolute/path: ${entry}`);
    return [];
  });
}

function tokensFrom(source: Source): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const [key, value] of Object.entries(source)) {
    const name = /^BACKUP_TOKEN_([A-Z0-9_]+)$/.exec(key)?.[1];
    if (name !== undefined && value !== undefined && value !== '') tokens.set(name.toLowerCase(), value);
  }
  return tokens;
}

function listOf(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function toConfig(
  env: Environment,
  source: Source,
  localDirectories: { label: string; path: string }[],
): AppConfig {
  const dataDir = resolve(env.DATA_DIR);
  return {
    port: env.APP_PORT,
    bind: env.APP_BIND,
    appSecretKey: env.APP_SECRET_KEY,
    adminUser: env.APP_ADMIN_USER,
    adminPass: env.APP_ADMIN_PASS,
    apiToken: env.APP_API_TOKEN ?? null,
    lang: env.APP_LANG,
    publicHosts: listOf(env.APP_PUBLIC_HOSTS),
    secureCookies: env.APP_SECURE_COOKIES,
    logLevel: env.LOG_LEVEL,
    dataDir,
    databaseUrl: env.DATABASE_URL ?? null,
    dockerHost: env.DOCKER_HOST,
    dockerCertPath: env.DOCKER_CERT_PATH ?? null,
    dockerApiVersion: env.DOCKER_API_VERSION,
    backupsNetwork: env.BACKUPS_NETWORK,
    allowedNetworks: [env.BACKUPS_NETWORK, ...listOf(env.BACKUPS_NETWORKS_ALLOWED)],
    labelPrefix: env.LABEL_PREFIX,
    instanceName: env.INSTANCE_NAME,
    allowImageLabels: env.ALLOW_IMAGE_LABELS,
    requireApproval: env.REQUIRE_APPROVAL,
    secretsDir: env.SECRETS_DIR ?? null,
    tokens: tokensFrom(source),
    resyncMs: env.RESYNC_S * 1000,
    missingGraceMs: env.MISSING_GRACE_S * 1000,
    timezone: env.TZ,
    defaultFrequency: env.DEFAULT_FREQUENCY,
    defaultRetention: env.DEFAULT_RETENTION,
    blackout: env.BLACKOUT,
    maxParallelPerDestination: env.MAX_PARALLEL_PER_DESTINATION,
    maxParallelRuns: env.MAX_PARALLEL_RUNS,
    longRunMs: env.LONG_RUN_S * 1000,
    scrubEveryMs: env.SCRUB_EVERY_DAYS * DAY_MS,
    scrubBytesPerDay: env.SCRUB_MB_PER_DAY * MIB,
    retryDelaysMs: delaysIn(env.RETRY_DELAYS_S),
    requestTimeoutMs: env.REQUEST_TIMEOUT_S * 1000,
    connectTimeoutMs: env.CONNECT_TIMEOUT_S * 1000,
    idleTimeoutMs: env.IDLE_TIMEOUT_S * 1000,
    runLogDays: env.RUN_LOG_DAYS,
    minRateBytesPerSecond: env.MIN_RATE_BYTES_S,
    maxSizeBytes: env.BACKUP_MAX_SIZE_MB * MIB,
    rcloneRemote: env.RCLONE_REMOTE?.replace(/:$/, '') ?? null,
    rcloneConfig: resolve(env.RCLONE_CONFIG ?? join(dataDir, 'rclone.conf')),
    rcloneBinary: env.RCLONE_BINARY,
    rcloneStartMs: env.RCLONE_START_TIMEOUT_S * 1000,
    rcloneRestMs: env.RCLONE_REST_AFTER_S * 1000,
    rcloneConfigPass: env.RCLONE_CONFIG_PASS ?? null,
    rcloneProxy: env.RCLONE_PROXY ?? null,
    rcloneCaBundle: env.RCLONE_CA_BUNDLE ?? null,
    driveSetup: driveSetup(env),
    driveShare: { type: env.RCLONE_DRIVE_SHARE_TYPE, role: env.RCLONE_DRIVE_SHARE_ROLE },
    destinationTimeoutMs: env.DESTINATION_TIMEOUT_S * 1000,
    destinationCheckMs: env.DESTINATION_CHECK_EVERY_S * 1000,
    freeWarnPercent: env.DESTINATION_FREE_WARN_PERCENT,
    searchPath: source['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    localBackupsDir: resolve(env.LOCAL_BACKUPS_DIR ?? defaultBackupsDir(dataDir)),
    localDirectories,
    localDirectoriesRoot:
      env.LOCAL_DIRECTORIES_ROOT === undefined ? null : resolve(env.LOCAL_DIRECTORIES_ROOT),
    agentVersion: readVersion(),
    crashAt: env.TEST_CRASH_AT ?? null,
    leaseMs: env.TEST_LEASE_MS,
  };
}

function driveSetup(env: Environment): AppConfig['driveSetup'] {
  const { RCLONE_DRIVE_CLIENT_ID: clientId, RCLONE_DRIVE_CLIENT_SECRET: clientSecret } = env;
  const { RCLONE_DRIVE_TOKEN: token, RCLONE_DRIVE_SCOPE: scope } = env;
  if (clientId === undefined || clientSecret === undefined || token === undefined) return null;
  return { clientId, clientSecret, token, scope };
}

/** `60,300,900`, or `none`. */
function delaysIn(value: string): number[] {
  return value === 'none' ? [] : listOf(value).map((seconds) => Number(seconds) * 1000);
}

/** The `backups` volume of the compose file where there is one, else a folder beside the data. */
function defaultBackupsDir(dataDir: string): string {
  return existsSync('/backups') ? '/backups' : join(dataDir, 'backups');
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
