import { Agent } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { BackupFailure, asFailure, messageOf } from '../core/failure.js';
import { answerOf, rcRequest } from './rc-http.js';
import type { RcAnswer, RcEndpoint } from './rc-http.js';
import { RcloneDaemon } from './rclone-daemon.js';
import { rcloneFailure } from './rclone-errors.js';
import type { HashName } from './destination.js';

const MINUTE_MS = 60_000;
const ITEM = z.object({
  Name: z.string(),
  Size: z.number(),
  IsDir: z.boolean(),
  /** The provider's own id, where it has them (Drive). */
  ID: z.string().optional(),
  Hashes: z.record(z.string(), z.string()).nullish(),
});
const FSINFO = z.object({
  Root: z.string(),
  Hashes: z.array(z.string()).nullable(),
  Features: z.object({
    IsLocal: z.boolean().optional(),
    Move: z.boolean().optional(),
    BucketBased: z.boolean().optional(),
    DuplicateFiles: z.boolean().optional(),
  }),
});

export type RcItem = z.infer<typeof ITEM>;
export type FsInfo = z.infer<typeof FSINFO>;

export interface CallLimits {
  /** Longest wait for the whole answer; default one minute. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** The calls of rclone's remote control that the agent makes, with their answers checked. */
@Injectable()
export class RcloneRc implements OnApplicationShutdown {
  /** Shared with the uploads; a long one must not hold up the calls, so there is no limit. */
  readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly daemon: RcloneDaemon) {}

  onApplicationShutdown(): void {
    this.agent.destroy();
  }

  /** Every call would be refused now. */
  get isDown(): boolean {
    return this.daemon.isDown;
  }

  /** For calls that this class does not make itself. @throws rclone-unavailable; what `work` throws */
  use<T>(work: (endpoint: RcEndpoint) => Promise<T>): Promise<T> {
    return this.daemon.use(work);
  }

  /**
   * Opens a backend.
   * @param tries as often it knocks, now and while it stays open; default 10, which a ban for wrong passwords would notice
   */
  async fsInfo(fs: string, tries?: number): Promise<FsInfo> {
    const config = tries === undefined ? {} : { _config: { LowLevelRetries: tries } };
    return this.call('operations/fsinfo', { fs, ...config }, FSINFO, { timeoutMs: 2 * MINUTE_MS });
  }

  async remotes(): Promise<string[]> {
    const answer = await this.call(
      'config/listremotes',
      {},
      z.object({ remotes: z.array(z.string()).nullable() }),
    );
    return answer.remotes ?? [];
  }

  /** @returns the backend's type, for people; the rest of the configuration is not looked at */
  async remoteType(name: string): Promise<string> {
    return (await this.call('config/get', { name }, z.object({ type: z.string().default('') }))).type;
  }

  /** Opened backends are forgotten, so that an edited configuration counts. One that rests has none. */
  async forgetOpened(): Promise<void> {
    if (this.daemon.isAsleep) return;
    await this.call('fscache/clear', {}, z.object({}));
  }

  /** @returns null when nothing is there. @param hash is computed by the store for this one object, which may take long */
  async stat(
    fs: string,
    remote: string,
    limits: CallLimits = {},
    hash: HashName | null = null,
  ): Promise<RcItem | null> {
    const opt = {
      noModTime: true,
      noMimeType: true,
      ...(hash === null ? {} : { showHash: true, hashTypes: [hash] }),
    };
    return (
      await this.call('operations/stat', { fs, remote, opt }, z.object({ item: ITEM.nullable() }), limits)
    ).item;
  }

  /** Never with hashes: over SFTP that is one remote command for each object. @returns [] for a folder that does not exist */
  async list(fs: string, remote: string, only: 'files' | 'folders'): Promise<RcItem[]> {
    const opt = { noModTime: true, noMimeType: true, [only === 'files' ? 'filesOnly' : 'dirsOnly']: true };
    try {
      const answer = await this.call(
        'operations/list',
        { fs, remote, opt },
        z.object({ list: z.array(ITEM).nullable() }),
        { timeoutMs: 10 * MINUTE_MS },
      );
      return answer.list ?? [];
    } catch (error) {
      if (error instanceof BackupFailure && /directory not found/i.test(error.detail)) return [];
      throw error;
    }
  }

  async move(fs: string, from: string, to: string): Promise<void> {
    const names = { srcFs: fs, srcRemote: from, dstFs: fs, dstRemote: to };
    await this.call('operations/movefile', names, z.object({}), { timeoutMs: 60 * MINUTE_MS });
  }

  /** A missing object is fine. */
  async deleteFile(fs: string, remote: string): Promise<void> {
    try {
      await this.call('operations/deletefile', { fs, remote }, z.object({}), { timeoutMs: 5 * MINUTE_MS });
    } catch (error) {
      if (
        !(error instanceof BackupFailure && error.code === 'copy-missing') &&
        !/directory not found/i.test(messageOf(error))
      )
        throw error;
    }
  }

  /** Aborts unfinished uploads to this one object, where the backend has such a thing. Best effort: most have not. */
  async abortParts(fs: string, remote: string): Promise<void> {
    const order = { command: 'cleanup', fs: fs + remote, opt: { 'max-age': '0s' } };
    await this.call('backend/command', order, z.object({})).catch(() => undefined);
  }

  /** What a group of transfers is doing; tells whether an upload is over, and how it ended. */
  async groupStats(group: string): Promise<{ busy: boolean; lastError: string | null }> {
    const shape = z.object({
      lastError: z.string().optional(),
      transferring: z.array(z.unknown()).nullish(),
    });
    const stats = await this.call('core/stats', { group }, shape, { timeoutMs: 5000 });
    return { busy: (stats.transferring?.length ?? 0) > 0, lastError: stats.lastError ?? null };
  }

  /** rclone keeps a goroutine and 120 KiB for every group that it was not told to forget. Never rejects. */
  async forgetGroup(group: string): Promise<void> {
    await this.call('core/stats-delete', { group }, z.object({})).catch(() => undefined);
  }

  /** For the calls that `RcloneConfig` makes. */
  async call<T>(path: string, body: object, shape: z.ZodType<T>, limits: CallLimits = {}): Promise<T> {
    const answer = await this.daemon.use((endpoint) => this.ask(endpoint, path, body, limits));
    if (answer.status !== 200) throw rcloneFailure(errorIn(answer.text));
    const parsed = shape.safeParse(jsonOf(answer.text));
    if (!parsed.success)
      throw new BackupFailure(
        'destination-error',
        { detail: `rclone answered ${path} in an unknown form` },
        { cause: parsed.error },
      );
    return parsed.data;
  }

  private async ask(endpoint: RcEndpoint, path: string, body: object, limits: CallLimits): Promise<RcAnswer> {
    const timeout = AbortSignal.timeout(limits.timeoutMs ?? MINUTE_MS);
    const signal = limits.signal === undefined ? timeout : AbortSignal.any([limits.signal, timeout]);
    const sent = rcRequest(endpoint, `/${path}`, {
      agent: this.agent,
      signal,
      headers: { 'content-type': 'application/json' },
    });
    sent.end(JSON.stringify(body));
    return answerOf(sent).catch((error: unknown) => {
      if (limits.signal?.aborted === true) throw asFailure(limits.signal.reason);
      if (timeout.aborted)
        throw new BackupFailure(
          'destination-unreachable',
          { detail: `no answer to ${path} in time` },
          { cause: error },
        );
      throw new BackupFailure('rclone-unavailable', { detail: messageOf(error) }, { cause: error });
    });
  }
}

/** The sentence in an error answer of rclone. */
export function errorIn(text: string): string {
  const parsed = z.object({ error: z.string() }).safeParse(jsonOf(text));
  return parsed.success ? parsed.data.error : text.slice(0, 300);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
