import { BackupFailure } from '../core/failure.js';

/** `chunk_size` of rclone's `sftp`, the payload of one packet: eight times what every server has to take. */
export const LARGE_PACKETS = '255Ki';

/** Several packets of that size, in one file. */
export const PACKETS_PROBE_BYTES = 1024 * 1024;

/** Older ones take them, but answer a read with less than was asked for, which rclone takes for damage. */
const SINCE = { major: 8, minor: 5 };

/** @param software as the server calls itself: `OpenSSH_9.2p1 Debian-2`; null = it does not say */
export function takesLargePackets(software: string | null): boolean {
  const [, major, minor] = /^OpenSSH_(\d+)\.(\d+)/.exec(software ?? '') ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > SINCE.major || (Number(major) === SINCE.major && Number(minor) >= SINCE.minor);
}

/** Whether it may be for the size of the packets that nothing came through; not for a wrong password or a full disk. */
export function mayBeOfPackets(error: unknown): boolean {
  return (
    error instanceof BackupFailure &&
    ['destination-error', 'destination-unreachable', 'verify-mismatch'].includes(error.code)
  );
}
