import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import { servesUnixSockets } from './rclone-version.js';
import type { RcloneVersion } from './rclone-version.js';

/** Far above the longest run: rclone's own hour would cut a long upload with `context canceled`. */
const REQUEST_LIMIT = '720h';
const CONNECT_MOST_S = 20;
/** The kernel's limit for the path of a unix socket, with its closing zero. */
const SOCKET_PATH_MAX = 107;

type LaunchConfig = Pick<
  AppConfig,
  | 'dataDir'
  | 'rcloneConfig'
  | 'rcloneConfigPass'
  | 'rcloneProxy'
  | 'rcloneCaBundle'
  | 'idleTimeoutMs'
  | 'destinationTimeoutMs'
  | 'searchPath'
>;

export interface RcloneFolders {
  home: string;
  /** Where backends without streaming keep what they are sending. */
  temp: string;
  /** Also the mark by which a daemon of this data directory is recognised. */
  cache: string;
  socket: string;
}

export function rcloneFolders(dataDir: string): RcloneFolders {
  const home = join(dataDir, 'rclone');
  return { home, temp: join(home, 'tmp'), cache: join(home, 'cache'), socket: join(home, 'rc.sock') };
}

/** The unix socket where this rclone can serve one, else null: then loopback with a password. */
export function socketFor(version: RcloneVersion, dataDir: string): string | null {
  const { socket } = rcloneFolders(dataDir);
  return servesUnixSockets(version) && Buffer.byteLength(socket) <= SOCKET_PATH_MAX ? socket : null;
}

/** rclone counts silence in both directions: an app may be silent for as long as the agent allows, and a little longer. */
function timeoutS({ destinationTimeoutMs, idleTimeoutMs }: LaunchConfig): number {
  return Math.ceil(Math.max(destinationTimeoutMs, idleTimeoutMs * 1.2) / 1000);
}

/** The daemon's arguments: no secret is among them, and nothing that opens it to others. */
export function daemonArguments(config: LaunchConfig, version: RcloneVersion): string[] {
  const socket = socketFor(version, config.dataDir);
  return [
    'rcd',
    '--cache-dir',
    rcloneFolders(config.dataDir).cache,
    '--rc-addr',
    socket === null ? '127.0.0.1:0' : `unix://${socket}`,
    '--rc-server-read-timeout',
    REQUEST_LIMIT,
    '--rc-server-write-timeout',
    REQUEST_LIMIT,
    '--rc-max-header-bytes',
    '32768',
    '--timeout',
    `${timeoutS(config)}s`,
    '--contimeout',
    `${Math.min(CONNECT_MOST_S, timeoutS(config))}s`,
    '--ask-password=false',
    '--stats',
    '0',
    '--log-level',
    'INFO',
  ];
}

/**
 * The whole environment of every rclone child: `RCLONE_DRY_RUN`, `RCLONE_CONFIG_<NAME>_TYPE`, proxies and
 * certificate bundles of the agent's own environment must have no effect. Only what was given for rclone counts.
 */
export function rcloneEnvironment(config: LaunchConfig): Record<string, string> {
  return {
    PATH: config.searchPath,
    HOME: homedir(),
    TMPDIR: rcloneFolders(config.dataDir).temp,
    RCLONE_CONFIG: config.rcloneConfig,
    ...(config.rcloneProxy === null
      ? {}
      : { HTTPS_PROXY: config.rcloneProxy, HTTP_PROXY: config.rcloneProxy }),
    // Unlike --ca-cert, this comes on top of the certificate folder of the system.
    ...(config.rcloneCaBundle === null ? {} : { SSL_CERT_FILE: config.rcloneCaBundle }),
    ...(config.rcloneConfigPass === null ? {} : { RCLONE_CONFIG_PASS: config.rcloneConfigPass }),
  };
}
