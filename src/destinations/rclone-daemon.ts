import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { BackupFailure, messageOf } from '../core/failure.js';
import type { RunningProcess } from '../core/process.js';
import { redact } from '../core/redact.js';
import { AgentLease } from '../db/agent-lease.js';
import { lastWords, launchDaemon, prepareRcloneFolders, readRcloneVersion } from './launch-daemon.js';
import type { LaunchedDaemon } from './launch-daemon.js';
import { endOrphanDaemons } from './orphan-daemons.js';
import type { RcEndpoint } from './rc-http.js';
import { VERSION_FLOOR, isOlder, versionText } from './rclone-version.js';
import type { RcloneVersion } from './rclone-version.js';

const BACKOFF_FIRST_MS = 200;
const BACKOFF_MAX_MS = 30_000;
/** A daemon that lived this long was well: after the next crash the short wait comes first again. */
const HEALTHY_MS = 60_000;

/** For health pages. */
export interface RcloneStatus {
  state: 'starting' | 'running' | 'down' | 'stopped';
  pid: number | null;
  version: string | null;
  /** This version has published security holes. */
  belowFloor: boolean;
  /** Why it is down; redacted. */
  problem: string | null;
}

/** The one `rclone rcd`: started with the agent, started again after a crash, ended with the agent. */
@Injectable()
export class RcloneDaemon implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('rclone');
  private launched: Promise<LaunchedDaemon> | null = null;
  private child: RunningProcess | null = null;
  private version: RcloneVersion | null = null;
  private problem: string | null = null;
  private crashes = 0;
  private restart: NodeJS.Timeout | null = null;
  /** A second one is not waited for: it may hang as long as the first. */
  private startFailed = false;
  private stopped = false;

  /** @param lease what it is asked before anything at a destination is touched; null = this process is the only one */
  constructor(
    private readonly config: AppConfig,
    @Optional() @Inject(AgentLease) private readonly lease: AgentLease | null = null,
  ) {
    lease?.onLost(() => {
      if (this.child !== null) process.kill(this.child.pid, 'SIGKILL');
    });
  }

  /** Without rclone the agent comes up all the same, and says what is wrong. */
  async onApplicationBootstrap(): Promise<void> {
    await this.endpoint().catch(() => undefined);
  }

  /** After the runs have been drained: Nest calls this hook last. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.restart !== null) clearTimeout(this.restart);
    await this.launched?.catch(() => undefined);
    await this.child?.stop();
  }

  status(): RcloneStatus {
    const { version } = this;
    return {
      state: this.stateNow(),
      pid: this.child?.pid ?? null,
      version: version === null ? null : versionText(version),
      belowFloor: version !== null && isOlder(version, VERSION_FLOOR),
      problem: this.problem,
    };
  }

  /**
   * Where the daemon listens; the first call starts it.
   * @throws rclone-unavailable, at once while a restart is waited for, or when the last start failed; agent-superseded
   */
  async endpoint(): Promise<RcEndpoint> {
    await this.lease?.confirm();
    if (this.stopped) throw new BackupFailure('rclone-unavailable', { detail: 'the agent is shutting down' });
    if (this.restart !== null || this.startFailed)
      throw new BackupFailure('rclone-unavailable', { detail: this.problem ?? 'it is being started again' });
    return (await this.launch()).endpoint;
  }

  private launch(): Promise<LaunchedDaemon> {
    this.launched ??= this.start();
    return this.launched;
  }

  private stateNow(): RcloneStatus['state'] {
    if (this.stopped) return 'stopped';
    if (this.child !== null) return 'running';
    return this.launched === null ? 'down' : 'starting';
  }

  private async start(): Promise<LaunchedDaemon> {
    try {
      await this.lease?.confirm();
      await this.sweep();
      const aside = await prepareRcloneFolders(this.config);
      if (aside !== null) this.logger.warn(`rclone.conf was damaged; it is now ${aside}`);
      const launched = await launchDaemon(this.config, await this.checkVersion(), (line) => this.relay(line));
      this.child = launched.process;
      this.problem = null;
      this.startFailed = false;
      this.watch(launched.process);
      return launched;
    } catch (error) {
      this.startFailed = true;
      this.startLater(messageOf(error));
      throw new BackupFailure('rclone-unavailable', { detail: messageOf(error) }, { cause: error });
    }
  }

  private async sweep(): Promise<void> {
    for (const pid of await endOrphanDaemons(this.config.dataDir)) {
      this.logger.warn(`ended rclone ${pid}, left behind by an agent that was killed`);
    }
  }

  private async checkVersion(): Promise<RcloneVersion> {
    const version = await readRcloneVersion(this.config);
    if (this.version === null && isOlder(version, VERSION_FLOOR)) {
      this.logger.warn(
        `rclone ${versionText(version)} has known security holes: use ${versionText(VERSION_FLOOR)} or newer`,
      );
    }
    this.version = version;
    return version;
  }

  private watch(child: RunningProcess): void {
    const startedMs = performance.now();
    void child.ended.then((end) => {
      this.child = null;
      if (this.stopped) return;
      if (performance.now() - startedMs > HEALTHY_MS) this.crashes = 0;
      const said = end.signal === null ? `: ${lastWords(end)}` : '';
      this.startLater(`rclone ended (${end.signal ?? `exit ${end.exitCode ?? 'unknown'}`})${said}`);
    });
  }

  private startLater(problem: string): void {
    if (this.stopped) return;
    const waitMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** this.crashes);
    this.problem = redact(problem);
    this.launched = null;
    this.crashes += 1;
    this.logger.warn(`${this.problem}; starting it again in ${waitMs} ms`);
    this.restart = setTimeout(() => {
      this.restart = null;
      void this.launch().catch(() => undefined);
    }, waitMs);
    this.restart.unref();
  }

  /** Missing objects are errors to rclone and everyday answers to us: its ERROR lines are only worth a debug line. */
  private relay(line: string): void {
    const text = redact(line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, ''));
    if (/^(?:CRITICAL|ALERT|EMERGENCY|Fatal|panic|NOTICE: .*(?:error|fail))/i.test(text))
      this.logger.warn(text);
    else if (text !== '') this.logger.debug(text);
  }
}
