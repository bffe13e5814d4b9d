import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from '../bed/cleanup.js';
import type { ExportAppConfig } from '../bed/export-app/server.mjs';
import { onEnd } from '../bed/reaper.js';
import { run } from '../bed/shell.js';
import { sshd } from '../bed/stand-ins/file-servers.js';
import type { FileServer } from '../bed/stand-ins/file-servers.js';
import { tempFolder } from './disk.js';
import { startFaultBed } from './harness.js';
import type { FaultBed } from './harness.js';

export interface SftpBed extends FaultBed {
  server: FileServer;
  /** Folder of the server in which the destination lies. */
  files: string;
  /** Path of rclone.conf. */
  conf: string;
}

/** An agent whose app goes to `nas`, a folder of a real OpenSSH server. */
export async function startSftpBed(
  app: Partial<ExportAppConfig> = {},
  env: Readonly<Record<string, string>> = {},
  remote: (server: FileServer) => string = (server) => server.remote,
  sshdLines: string[] = [],
): Promise<SftpBed> {
  const server = await sshd(sshdLines);
  atEnd(() => server.stop());
  await onEnd({ kill: server.pid() });
  const files = join(server.root, 'files');
  const conf = join(await tempFolder(), 'rclone.conf');
  writeFileSync(conf, `[nas_ssh]\n${remote(server)}\n[nas]\ntype = alias\nremote = nas_ssh:${files}\n`);
  const bed = await startFaultBed({ RCLONE_CONFIG: conf, ...env }, app, 'nas');
  return { ...bed, roots: { nas: files }, server, files, conf };
}

/** The server and all that serve its connections. */
export async function sshdPids(server: FileServer): Promise<number[]> {
  const { stdout } = await run('pgrep', ['-P', String(server.pid())], { mayFail: true });
  return [
    server.pid(),
    ...stdout
      .split('\n')
      .filter((line) => line !== '')
      .map(Number),
  ];
}
