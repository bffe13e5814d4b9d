import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { BackupFailure, messageOf } from '../core/failure.js';
import { runProcess } from '../core/process.js';
import { checkValue } from './check-options.js';
import { rcloneFolders } from './rclone-launch.js';

const SCAN_S = 10;

/** What a server shows of itself before anybody signs in. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `rsa` … */
  type: string;
  /** `SHA256:…`, as ssh shows it. */
  fingerprint: string;
  /** Its line of known_hosts. */
  line: string;
}

/** Fingerprints of SFTP servers: shown to a person, then pinned. */
@Injectable()
export class HostKeys {
  constructor(private readonly config: AppConfig) {}

  /**
   * Asks a server for its keys, without signing in.
   * @throws DestinationRefusal value-invalid for `host` or `port`; destination-unreachable
   */
  async of(host: string, port = 22): Promise<HostKey[]> {
    const { stdout, stderrTail } = await this.scan(host, port);
    const keys = parseHostKeys(stdout);
    if (keys.length === 0)
      throw new BackupFailure('destination-unreachable', {
        detail: stderrTail.trim() || `${host}:${port} shows no SSH key`,
      });
    return keys;
  }

  /** What the server calls itself before anybody signs in: `OpenSSH_9.2p1 Debian-2`; null = nobody says. Throws as `of`. */
  async software(host: string, port = 22): Promise<string | null> {
    const { stdout, stderrTail } = await this.scan(host, port);
    return /^# .* SSH-2\.0-(.+?)\s*$/m.exec(`${stderrTail}\n${stdout}`)?.[1] ?? null;
  }

  private async scan(host: string, port: number): Promise<{ stdout: string; stderrTail: string }> {
    checkValue('host', host, []);
    checkValue('port', String(port), []);
    const order = {
      command: 'ssh-keyscan',
      args: ['-T', String(SCAN_S), '-p', String(port), '--', host],
      environment: { PATH: this.config.searchPath },
    };
    return runProcess(order, SCAN_S * 2000).catch((error: unknown) => {
      throw new BackupFailure('internal', { detail: `ssh-keyscan: ${messageOf(error)}` }, { cause: error });
    });
  }

  /** Writes the keys that are trusted for one remote. @returns the file, for `known_hosts_file` */
  async pin(remote: string, lines: string): Promise<string> {
    const file = this.fileOf(remote);
    await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
    await writeFile(file, `${lines.trim()}\n`, { mode: 0o600 });
    return file;
  }

  async unpin(remote: string): Promise<void> {
    await rm(this.fileOf(remote), { force: true });
  }

  fileOf(remote: string): string {
    return join(rcloneFolders(this.config.dataDir).home, 'known_hosts', remote);
  }
}

/** @param text lines of known_hosts; comments and what is no key are left out */
export function parseHostKeys(text: string): HostKey[] {
  return text.split('\n').flatMap((line) => {
    const [, type, key] =
      /^[^\s#]+ (ssh-[\w-]+|ecdsa-[\w-]+|sk-[\w.@-]+) ([A-Za-z0-9+/=]+)$/.exec(line.trim()) ?? [];
    if (type === undefined || key === undefined) return [];
    const digest = createHash('sha256')
      .update(Buffer.from(key, 'base64'))
      .digest('base64')
      .replace(/=+$/, '');
    return [{ type, fingerprint: `SHA256:${digest}`, line: line.trim() }];
  });
}
