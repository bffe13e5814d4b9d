/** The agent's settings: read once from the environment, frozen. Injected by this class. */
export abstract class AppConfig {
  abstract readonly port: number;
  abstract readonly bind: string;
  abstract readonly appSecretKey: string;
  abstract readonly adminUser: string;
  abstract readonly adminPass: string;
  /** Bearer token of the REST API; null = the API takes only admin sessions. */
  abstract readonly apiToken: string | null;
  abstract readonly lang: 'en' | 'es';
  /** Host names the UI may be asked for; empty = any. */
  abstract readonly publicHosts: readonly string[];
  /** `Secure` on the session cookie: behind https. */
  abstract readonly secureCookies: boolean;
  abstract readonly logLevel: 'error' | 'warn' | 'log' | 'debug' | 'verbose';

  abstract readonly dataDir: string;
  /** `postgres://…`, or null for SQLite in `dataDir`. */
  abstract readonly databaseUrl: string | null;

  abstract readonly dockerHost: string;
  /** Folder with ca.pem, cert.pem and key.pem for `tcp://` with TLS. */
  abstract readonly dockerCertPath: string | null;
  /** API version to speak; null = the newest that both sides know. */
  abstract readonly dockerApiVersion: string | null;
  abstract readonly backupsNetwork: string;
  /** Networks a label may name. */
  abstract readonly allowedNetworks: readonly string[];
  abstract readonly labelPrefix: string;
  abstract readonly instanceName: string;
  abstract readonly allowImageLabels: boolean;
  abstract readonly requireApproval: boolean;
  abstract readonly secretsDir: string | null;
  /** Secrets given as `BACKUP_TOKEN_<NAME>`, by lower-case name. */
  abstract readonly tokens: ReadonlyMap<string, string>;
  abstract readonly resyncMs: number;
  abstract readonly missingGraceMs: number;

  abstract readonly timezone: string;
  abstract readonly defaultFrequency: string;
  abstract readonly defaultRetention: string;
  /** When nothing is started by itself, for apps that say nothing of their own; may be empty. */
  abstract readonly blackout: string;
  /** Runs that may send to one destination at once. */
  abstract readonly maxParallelPerDestination: number;
  abstract readonly maxParallelRuns: number;
  /** After this long a run no longer counts against the two limits above; see RunQueue. */
  abstract readonly longRunMs: number;
  /** Every stored copy is read again at least this often; 0 = never. */
  abstract readonly scrubEveryMs: number;
  /** Bytes that may be read again in a day. */
  abstract readonly scrubBytesPerDay: number;
  /** How long what a run had to say is kept, in days. */
  abstract readonly runLogDays: number;
  /** How long the nth retry of a failed run waits; as many retries as entries. */
  abstract readonly retryDelaysMs: readonly number[];
  /** Longest a run may take. */
  abstract readonly requestTimeoutMs: number;
  abstract readonly connectTimeoutMs: number;
  /** Longest silence in the middle of an export. */
  abstract readonly idleTimeoutMs: number;
  /** An export that comes slower than this over `idleTimeoutMs` of waiting for the app is given up; 0 = never. */
  abstract readonly minRateBytesPerSecond: number;
  abstract readonly maxSizeBytes: number;

  /** Name of the default destination; null = the built-in local one. */
  abstract readonly rcloneRemote: string | null;
  abstract readonly rcloneConfig: string;
  abstract readonly rcloneBinary: string;
  /** How long rclone may take to answer after it was started. */
  abstract readonly rcloneStartMs: number;
  /** rclone is ended when nothing was asked of it for so long, until something is; 0 = never. */
  abstract readonly rcloneRestMs: number;
  abstract readonly rcloneConfigPass: string | null;
  /** Proxy for every call of rclone, passed to it on purpose; null = none, whatever the agent's own environment says. */
  abstract readonly rcloneProxy: string | null;
  /** File of further certificate authorities for rclone (PEM). */
  abstract readonly rcloneCaBundle: string | null;
  /** `RCLONE_DRIVE_…`: makes the default remote at start where it is missing; null = not all three were given. */
  abstract readonly driveSetup: {
    clientId: string;
    clientSecret: string;
    token: string;
    scope: string;
  } | null;
  /** How a folder of the agent's own Drive account is shared with a person. */
  abstract readonly driveShare: {
    type: 'user' | 'group' | 'domain' | 'anyone';
    role: 'reader' | 'commenter' | 'writer';
  };
  /** Longest silence of a destination in the middle of an upload or a download. */
  abstract readonly destinationTimeoutMs: number;
  /** A destination is looked at this often. */
  abstract readonly destinationCheckMs: number;
  /** Less free space than this share of the whole is a warning; 0 = never. */
  abstract readonly freeWarnPercent: number;
  /** The agent's PATH, where children look for their binaries. */
  abstract readonly searchPath: string;
  /** Folder of the built-in local destination. */
  abstract readonly localBackupsDir: string;
  /** Folder below which people may choose folders for destinations, beside the ones above and below; null = none. */
  abstract readonly localDirectoriesRoot: string | null;
  /** `RCLONE_LOCAL_DIRECTORIES`: further local destinations. */
  abstract readonly localDirectories: readonly { label: string; path: string }[];
  abstract readonly agentVersion: string;
  /** For tests: kill the agent when a run reaches this point of the commit protocol. */
  abstract readonly crashAt: string | null;
  /** How long an agent may be without a sign of life before another may take its place; shorter in tests. */
  abstract readonly leaseMs: number;
}
