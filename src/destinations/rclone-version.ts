export interface RcloneVersion {
  major: number;
  minor: number;
  patch: number;
}

/** What the agent is tried with; older ones lack calls that it makes. */
export const OLDEST_VERSION: RcloneVersion = { major: 1, minor: 60, patch: 0 };
/** Below it, published holes are open (rc without authentication, names that escape the destination): a warning, no refusal. */
export const VERSION_FLOOR: RcloneVersion = { major: 1, minor: 75, patch: 1 };
/** First version that can serve rc on a unix socket. */
const SOCKET_SINCE: RcloneVersion = { major: 1, minor: 61, patch: 0 };

/** @param text output of `rclone version`; null = that was not rclone */
export function parseRcloneVersion(text: string): RcloneVersion | null {
  const [, major, minor, patch] = /^rclone v(\d+)\.(\d+)(?:\.(\d+))?/m.exec(text) ?? [];
  if (major === undefined || minor === undefined) return null;
  return { major: Number(major), minor: Number(minor), patch: Number(patch ?? 0) };
}

export function isOlder(version: RcloneVersion, than: RcloneVersion): boolean {
  const difference = version.major - than.major || version.minor - than.minor || version.patch - than.patch;
  return difference < 0;
}

export function servesUnixSockets(version: RcloneVersion): boolean {
  return !isOlder(version, SOCKET_SINCE);
}

export function versionText(version: RcloneVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}
