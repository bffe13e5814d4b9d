import { BackupFailure } from '../core/failure.js';
import type { FailureCode } from '../core/failure.js';

/**
 * What rclone's texts mean, first match wins. Exit codes and HTTP statuses of rclone are never asked:
 * they changed their meaning between versions, the texts of the kernel and of the providers did not.
 */
const MEANINGS: readonly [FailureCode, RegExp][] = [
  // What a backend without streaming keeps on this machine first.
  ['agent-disk-full', /rclone-spool.*no space left on device/i],
  [
    'destination-not-configured',
    /didn't find section in config file|unknown (?:remote|backend) type|couldn't find type|config file .* not found/i,
  ],
  [
    'destination-full',
    /no space left on device|too big for remaining|disk full|disk quota exceeded|quota ?exceeded|storage ?quota|insufficient ?(?:storage|space)|not enough (?:space|quota)|\b507\b|over ?quota|teamDriveFileLimitExceeded/i,
  ],
  [
    'destination-expired',
    /invalid_grant|token (?:has )?(?:been )?(?:expired|revoked)|empty token|refresh token|InvalidAuthenticationToken|expired_access_token/i,
  ],
  [
    'destination-host-key',
    /host key (?:mismatch|verification)|knownhosts: key|no hostkey|remote host identification/i,
  ],
  // Before the credentials: a handshake that breaks off says nothing about them.
  [
    'destination-unreachable',
    /connection (?:refused|reset)|no such host|no route to host|network is unreachable|i\/o timeout/i,
  ],
  [
    'destination-auth',
    /failed to (?:read|parse) (?:private|public) key|permission ?denied|access ?denied|invalid_client|unauthenticated|unauthorized|\b401\b|forbidden|\b403\b|unable to authenticate|handshake failed|host ?key|knownhosts|authentication failed|authError|InvalidAccessKeyId|SignatureDoesNotMatch|couldn't decrypt config|unable to decrypt/i,
  ],
  [
    'destination-unreachable',
    /dial tcp|dial unix|connection lost|broken pipe|timed? ?out|deadline exceeded|TLS handshake timeout|server misbehaving|\b50[234]\b|couldn't connect/i,
  ],
  ['copy-missing', /object not found|file not found|no such file or directory|NoSuchKey/i],
];

/** Too many requests is said with a 403 by Drive, but waiting helps and new credentials do not. */
const SLOW_DOWN = /rate ?limit|too many requests|\b429\b|slow ?down/i;

/** Its case and its dot are all that tells it from a plain rate limit; rclone looks at the same. */
const DAILY_LIMIT = /User rate limit exceeded\.|upload limit exceeded|dailyLimitExceeded/;

/** @returns the failure code for a text that rclone printed or answered */
export function codeOfRcloneError(text: string): FailureCode {
  if (DAILY_LIMIT.test(text)) return 'destination-daily-limit';
  if (SLOW_DOWN.test(text)) return 'destination-busy';
  return MEANINGS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'destination-error';
}

/** @param text rclone's own message; it is redacted and shown to people */
export function rcloneFailure(text: string, cause?: unknown): BackupFailure {
  return new BackupFailure(
    codeOfRcloneError(text),
    { detail: text },
    cause === undefined ? undefined : { cause },
  );
}
