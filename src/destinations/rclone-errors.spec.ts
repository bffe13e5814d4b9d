import { describe, expect, it } from '@jest/globals';
import { codeOfRcloneError, rcloneFailure } from './rclone-errors.js';

describe('what rclone says', () => {
  it.each([
    ["didn't find section in config file", 'destination-not-configured'],
    ['preallocate: file too big for remaining disk space', 'destination-full'],
    ['write /backups/a/b.partial: no space left on device', 'destination-full'],
    ['write /data/rclone/tmp/rclone-spool1: no space left on device', 'agent-disk-full'],
    [
      "googleapi: Error 403: The user's Drive storage quota has been exceeded., storageQuotaExceeded",
      'destination-full',
    ],
    ['Update Error: Insufficient Storage: 507 Insufficient Storage', 'destination-full'],
    ['failed to read private key file: open /keys/id: no such file or directory', 'destination-auth'],
    ['open /backups/x: permission denied', 'destination-auth'],
    [
      'couldn\'t fetch token: oauth2: cannot fetch token: 400 Bad Request Response: {"error": "invalid_grant"}',
      'destination-expired',
    ],
    [
      "NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password]",
      'destination-auth',
    ],
    ["couldn't connect SSH: ssh: handshake failed: knownhosts: key mismatch", 'destination-host-key'],
    ['AccessDenied: Access Denied status code: 403, request id: 1', 'destination-auth'],
    ['dial tcp 127.0.0.1:22: connect: connection refused', 'destination-unreachable'],
    ['dial tcp: lookup backup.example.org: no such host', 'destination-unreachable'],
    ['read tcp 10.0.0.1:5: i/o timeout', 'destination-unreachable'],
    [
      'ssh: handshake failed: read tcp 127.0.0.1:3->127.0.0.1:22: connection reset by peer',
      'destination-unreachable',
    ],
    ['googleapi: Error 403: User Rate Limit Exceeded., userRateLimitExceeded', 'destination-busy'],
    ['googleapi: Error 403: Rate Limit Exceeded, rateLimitExceeded', 'destination-busy'],
    ['SlowDown: Please reduce your request rate. status code: 503', 'destination-busy'],
    ['googleapi: Error 403: User rate limit exceeded., userRateLimitExceeded', 'destination-daily-limit'],
    ['googleapi: Error 401: Invalid Credentials, authError', 'destination-auth'],
    ['InvalidAccessKeyId: The AWS Access Key Id you provided does not exist', 'destination-auth'],
    [
      'read metadata: couldn\'t fetch token: empty token found - please run "rclone config reconnect gdrive:"',
      'destination-expired',
    ],
    ['Token has been expired or revoked.', 'destination-expired'],
    ['object not found', 'copy-missing'],
    ['multipart: NextPart: unexpected EOF', 'destination-error'],
    ['', 'destination-error'],
  ])('%s', (text, code) => {
    expect(codeOfRcloneError(text)).toBe(code);
  });

  it('keeps the text for people, without credentials', () => {
    const failure = rcloneFailure('failed :sftp,host=h,pass=hunter2hunter2:: connection refused');
    expect(failure.code).toBe('destination-unreachable');
    expect(failure.detail).toContain('host=h');
    expect(failure.detail).not.toContain('hunter2');
  });
});
