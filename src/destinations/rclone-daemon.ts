import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { BackupFailure, messageOf } from '../core/failure.js';
import type { RunningProcess } from '../core/process.js';
import { redact } from '../core/redact.js';
import { AgentLease } from '../db/agent-lease.js';
import { isReadableFile } from './config-file.js';
import { IdleWatch } from './idle-watch.js';
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
  /** `resting`: well, and ended until something is asked of it; also while it is being woken. */
  state: 'starting' | 'running' | 'resting' | 'down' | 'stopped';
  pid: number | null;
  version: string | null;
  /** This version has published security holes. */
  belowFloor: boolean;
  /** Why it is down; redacted. */
  problem: string | null;
}

/**
 * The one `rclone rcd`: started with the agent, started again after a crash, ended with the agent. It also ends when
 * nothing was asked of it for `RCLONE_REST_AFTER_S`, until something is: see docs/adr/0008-rclone-rests.md.
 */
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
  private isResting = false;
  /** The end of the last one that was sent to rest: there are never two. */
  private leaving: Promise<unknown> | null = null;
  private swept = false;
  private readonly idle: IdleWatch;

  /** @param lease what it is asked before anything at a destination is touched; null = this process is the only one */
  constructor(
    private readonly config: AppConfig,
    @Optional()
    @Inject(AgentLease)
    private readonly lease: Pick<AgentLease, 'confirm' | 'onLost'> | null = null,
  ) {
    this.idle = new IdleWatch(config.rcloneRestMs, () => void this.rest());
    lease?.onLost(() => {
      if (this.child !== null) process.kill(this.child.pid, 'SIGKILL');
    });
  }

  /** Without rclone the agent comes up all the same, and says what is wrong. */
  async onApplicationBootstrap(): Promise<void> {
    await this.use(() => Promise.resolve()).catch(() => undefined);
  }

  /** After the runs have been drained: Nest calls this hook last. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.restart !== null) clearTimeout(this.restart);
    await this.launched?.catch(() => undefined);
    await Promise.all([this.child?.stop(), this.leaving]);
    this.idle.stop();
  }

  /** Every call would be refused now, without having been tried. */
  get isDown(): boolean {
    return this.stopped || this.restart !== null || this.startFailed;
  }

  /** It rests and nobody is waking it: it has nothing open, and nothing to forget. */
  get isAsleep(): boolean {
    return this.isResting && this.launched === null;
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
   * Works with the daemon, which does not rest before `work` has settled; the first call starts it.
   * @param work is told where it listens, and must not keep that
   * @throws rclone-unavailable, at once while a restart is waited for, or when the last start failed; agent-superseded;
   * what `work` throws
   */
  use<T>(work: (endpoint: RcEndpoint) => Promise<T>): Promise<T> {
    return this.idle.during(async () => work(await this.endpoint()));
  }

  private async endpoint(): Promise<RcEndpoint> {
    await this.lease?.confirm();
    if (this.stopped) throw new BackupFailure('rclone-unavailable', { detail: 'the agent is shutting down' });
    if (this.isDown)
      throw new BackupFailure('rclone-unavailable', { detail: this.problem ?? 'it is being started again' });
    const { endpoint } = await this.launch();
    // A start takes its time, and the lease may be gone meanwhile.
    await this.lease?.confirm();
    return endpoint;
  }

  private launch(): Promise<LaunchedDaemon> {
    this.launched ??= this.start();
    return this.launched;
  }

  private stateNow(): RcloneStatus['state'] {
    if (this.stopped) return 'stopped';
    if (this.child !== null) return 'running';
    if (this.isResting) return 'resting';
    return this.launched === null ? 'down' : 'starting';
  }

  private async start(): Promise<LaunchedDaemon> {
    try {
      await this.lease?.confirm();
      await this.leaving;
      await this.sweep();
      const aside = await prepareRcloneFolders(this.config);
      if (aside !== null) this.logger.warn(`rclone.conf was damaged; it is now ${aside}`);
      const launched = await launchDaemon(this.config, await this.checkVersion(), (line) => this.relay(line));
      this.child = launched.process;
      this.problem = null;
      this.startFailed = false;
      this.isResting = false;
      this.watch(launched.process);
      // One that was started again after a crash may have nobody who waits for it.
      this.idle.again();
      return launched;
    } catch (error) {
      this.startFailed = true;
      this.isResting = false;
      this.startLater(messageOf(error));
      throw new BackupFailure('rclone-unavailable', { detail: messageOf(error) }, { cause: error });
    }
  }

  /** Ended on purpose, which is no crash. One that could not read its configuration again goes on with what it knows. */
  private async rest(): Promise<void> {
    const isReadable = await isReadableFile(this.config.rcloneConfig);
    const { child } = this;
    if (child === null || this.stopped || !this.idle.isOver) return;
    if (!isReadable) {
      this.idle.again();
      return;
    }
    this.child = null;
    this.launched = null;
    this.isResting = true;
    this.logger.debug('nothing was asked of rclone for a while; it rests until something is');
    this.leaving = child.stop();
  }

  /** Once: later ones are children of this very agent. */
  private async sweep(): Promise<void> {
    if (this.swept) return;
    for (const pid of await endOrphanDaemons(this.config.dataDir)) {
      this.logger.warn(`ended rclone ${pid}, left behind by an agent that was killed`);
    }
    this.swept = true;
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
      if (this.child !== child) return;
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
