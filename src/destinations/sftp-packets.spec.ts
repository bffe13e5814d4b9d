import { describe, expect, it } from '@jest/globals';
import { BackupFailure } from '../core/failure.js';
import { mayBeOfPackets, takesLargePackets } from './sftp-packets.js';

describe('packets of SFTP', () => {
  it.each([
    ['OpenSSH_9.2p1 Debian-2+deb12u10', true],
    ['OpenSSH_8.5', true],
    ['OpenSSH_10.0', true],
    ['OpenSSH_for_Windows_9.5', false],
    ['OpenSSH_8.4p1 Debian-5', false],
    ['OpenSSH_7.9', false],
    ['OpenSSH', false],
    ['Go', false],
    ['mod_sftp', false],
    ['rclone/v1.60.1-DEV', false],
    ['AWS_SFTP_1.1 like OpenSSH_9.2', false],
    [null, false],
  ])('are large for %s: %s', (software, isLarge) => {
    expect(takesLargePackets(software)).toBe(isLarge);
  });

  it('are not blamed for what is something else', () => {
    const blamed = (code: ConstructorParameters<typeof BackupFailure>[0]): boolean =>
      mayBeOfPackets(new BackupFailure(code));
    expect([blamed('verify-mismatch'), blamed('destination-unreachable'), blamed('destination-error')]).toEqual([true, true, true]); // prettier-ignore
    expect([blamed('destination-auth'), blamed('destination-full'), blamed('rclone-unavailable')]).toEqual([false, false, false]); // prettier-ignore
    expect(mayBeOfPackets(new Error('destination-error'))).toBe(false);
  });
});
