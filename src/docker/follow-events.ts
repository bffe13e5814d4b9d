import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Clock } from '../core/clock.js';
import type { BackupFailure } from '../core/failure.js';
import { messageOf } from '../core/failure.js';
import type { DockerHint } from './docker.gateway.js';
import { readEvents } from './read-events.js';

const PING_EVERY_MS = 12_000;
const FIRST_PAUSE_MS = 250;
/** Trying costs next to nothing and is said once: an engine that is back is seen within 5 s, however long it was away. */
const LONGEST_PAUSE_MS = 3500;
/** A stream that lived this long was no failed attempt: proxies close idle ones after some seconds. */
const HEALTHY_MS = 2000;

/** The calls that following events needs. */
export interface EventSource {
  open(since: number, signal: AbortSignal): Promise<NodeJS.ReadableStream>;
  /** @throws when the engine does not answer at all */
  ping(): Promise<void>;
  /** @returns what it comes to */
  failed(error: unknown): BackupFailure;
  /** What is said of the connection already. */
  stateDetail(): string;
}

/** Follows the engine's events for ever: opens the stream again when it ends, and tells of it. */
export class EventFollower {
  private readonly logger = new Logger('Docker');
  private current = new AbortController();
  private said = '';

  constructor(
    private readonly source: EventSource,
    private readonly clock: Clock,
  ) {}

  /** Ends the present stream; the next one begins where it was. */
  restart(): void {
    this.current.abort();
  }

  async follow(tell: (hint: DockerHint) => void, signal: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    let since = Math.floor(this.clock.now().getTime() / 1000) - 60;
    while (!signal.aborted) {
      const began = this.clock.monotonicMs();
      try {
        since = await this.followOne(since, tell, signal);
      } catch (error) {
        this.warn(this.source.failed(error).detail);
      }
      if (this.clock.monotonicMs() - began > HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
      const jittered = pauseMs * (0.8 + Math.random() * 0.4);
      await pause(jittered, undefined, { signal, ref: false }).catch(() => undefined);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }

  /** Follows one stream of events until it ends. @returns from when to ask the next time (the engine's answer to `since` is inclusive) */
  private async followOne(
    since: number,
    tell: (hint: DockerHint) => void,
    signal: AbortSignal,
  ): Promise<number> {
    const over = (this.current = new AbortController());
    const pinging = this.pingUntil(over);
    try {
      return await readEvents(
        (from, abortSignal) => this.source.open(from, abortSignal),
        since,
        tell,
        AbortSignal.any([signal, over.signal]),
      );
    } catch (error) {
      // The ping has said why already.
      if (isOver(over)) return since;
      throw error;
    } finally {
      over.abort();
      await pinging;
    }
  }

  /** A half-open connection says nothing for ever: only a ping that fails tells. */
  private async pingUntil(over: AbortController): Promise<void> {
    while (!over.signal.aborted) {
      try {
        await this.source.ping();
      } catch (error) {
        this.logger.debug(`a ping failed: ${messageOf(error)}`);
        over.abort();
      }
      await pause(PING_EVERY_MS, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Calls may work while the stream of events does not, behind a proxy for example. */
  private warn(detail: string): void {
    const isNew = detail !== this.said && detail !== this.source.stateDetail();
    if (isNew) this.logger.warn(`no events, so changes are seen late: ${detail}`);
    this.said = detail;
  }
}

const isOver = (over: AbortController): boolean => over.signal.aborted;
