import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { describeDestination } from '../../../src/destinations/destination.contract.js';
import { inChunks } from '../../../src/destinations/contract-parts.contract.js';
import { rcloneBed, rcloneSubject } from '../../../src/destinations/rclone.contract.js';
import type { RcloneBed } from '../../../src/destinations/rclone.contract.js';
import { sshd, webdav } from '../../bed/stand-ins/file-servers.js';
import type { FileServer } from '../../bed/stand-ins/file-servers.js';

async function subjectAt(
  server: FileServer,
  sections: string,
  name: string,
): ReturnType<typeof rcloneSubject> {
  const bed = await rcloneBed(sections);
  return rcloneSubject(bed, name, join(server.root, 'files'), async () => {
    await bed.close();
    await server.stop();
  });
}

describeDestination('SFTP, real sshd, native hash by the remote shell', async () => {
  const server = await sshd();
  return subjectAt(
    server,
    `[nas_ssh]\n${server.remote}\n[nas]\ntype = alias\nremote = nas_ssh:${server.root}/files\n`,
    'nas',
  );
});

describeDestination('SFTP without a remote shell, read back', async () => {
  const server = await sshd();
  return subjectAt(
    server,
    `[nas_ssh]\n${server.remote}shell_type = none\ndisable_hashcheck = true\n[nas]\ntype = alias\nremote = nas_ssh:${server.root}/files\n`,
    'nas',
  );
});

describeDestination('WebDAV, which keeps uploads in a file of its own first', async () => {
  const server = await webdav();
  return subjectAt(server, `[dav]\n${server.remote}`, 'dav');
});

describe('an SFTP server that fails', () => {
  let server: FileServer;
  let bed: RcloneBed;
  afterEach(async () => {
    await bed.close();
    await server.stop();
  });
  const never = (): AbortSignal => new AbortController().signal;

  it('a key that is refused is told as credentials, a server that is down as unreachable', async () => {
    server = await sshd();
    bed = await rcloneBed(`[nas]\n${server.remote}`);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(server.root, 'other')]);
    await writeFile(join(server.root, 'authorized'), await readFile(join(server.root, 'other.pub')));
    await expect(bed.destinations.byName('nas')).rejects.toMatchObject({ code: 'destination-auth' });
    await server.halt();
    await expect(bed.destinations.byName('nas')).rejects.toMatchObject({ code: 'destination-unreachable' });
  }, 60_000);

  it('a server without space is told as full or as an error, and older objects stay', async () => {
    server = await sshd();
    bed = await rcloneBed(
      `[nas_ssh]\n${server.remote}\n[nas]\ntype = alias\nremote = nas_ssh:${server.root}/files\n`,
    );
    const disk = join(server.root, 'files');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
    try {
      const nas = await bed.destinations.byName('nas');
      await nas.store('a/old', inChunks(randomBytes(1_000_000)), never());
      const body = Readable.from(
        (function* () {
          for (let i = 0; i < 400; i += 1) yield randomBytes(65_536);
        })(),
        { objectMode: false },
      );
      await expect(nas.store('a/new.partial', body, never())).rejects.toMatchObject({
        code: expect.stringMatching(/^destination-(full|error)$/),
      });
      expect(await readdir(join(disk, 'a'))).toEqual(['old']);
    } finally {
      // Lazily: the server may still hold the file that was removed.
      execFileSync('umount', ['-l', disk]);
    }
  }, 60_000);
});
