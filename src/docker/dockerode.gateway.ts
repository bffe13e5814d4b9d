import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import Docker from 'dockerode';
import { Observable } from 'rxjs';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { rememberSecret } from '../core/redact.js';
import { withDeadline } from './deadline.js';
import { adviceFor, connectionOptions } from './docker-host.js';
import { DockerGateway } from './docker.gateway.js';
import type { DockerHint, InspectedContainer, ListedContainer } from './docker.gateway.js';
import { inspectedFrom, listedFrom } from './engine-shapes.js';
import type { InspectedShape, ListedShape } from './engine-shapes.js';
import { versionToSpeak } from './engine-version.js';
import { EVENT_FILTERS, readEvents } from './read-events.js';

const PING_MS = 3000;
const PING_EVERY_MS = 12_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** A stream that lived this long was no failed attempt: proxies close idle ones after some seconds. */
const HEALTHY_MS = 2000;
const NOT_ASKED = 'not asked yet';

/** The one door to dockerode. */
@Injectable()
export class DockerodeGateway extends DockerGateway implements OnModuleDestroy {
  /** Deadline of each call. */
  protected readonly callMs: number = 10_000;
  private readonly logger = new Logger('Docker');
  private readonly ended = new AbortController();
  private engine: Docker | null = null;
  private saidOfEvents = '';
  private state: { connected: boolean; detail: string; apiVersion: string | null } = {
    connected: false,
    detail: NOT_ASKED,
    apiVersion: null,
  };

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {
    super();
  }

  onModuleDestroy(): void {
    this.ended.abort();
  }

  status(): { connected: boolean; detail: string; apiVersion: string | null } {
    return { ...this.state };
  }

  async list(): Promise<ListedContainer[]> {
    const listed: unknown = await this.ask('the list of containers', (docker, abortSignal) =>
      docker.listContainers({ all: true, abortSignal }),
    );
    // A truncated or empty answer comes back as a Buffer with success.
    if (!Array.isArray(listed))
      throw new BackupFailure('docker-unavailable', { detail: 'the list of containers is not a list' });
    return (listed as ListedShape[]).map(listedFrom);
  }

  async inspect(containerId: string): Promise<InspectedContainer | null> {
    const info = await this.inspectRaw(containerId);
    return info === null ? null : inspectedFrom(info);
  }

  async environmentValue(containerId: string, name: string): Promise<string | null> {
    const info = await this.inspectRaw(containerId);
    const entry = info?.Config.Env?.find((line) => line.startsWith(`${name}=`));
    const value = entry?.slice(name.length + 1) ?? null;
    rememberSecret(value);
    return value;
  }

  async imageLabels(imageId: string): Promise<Readonly<Record<string, string>>> {
    const image = await this.ask(
      'an image',
      (docker, abortSignal) => docker.getImage(imageId).inspect({ abortSignal } as object),
      null,
    );
    return (image as ImageShape | null)?.Config?.Labels ?? {};
  }

  hints(): Observable<DockerHint> {
    return new Observable((subscriber) => {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, this.ended.signal]);
      void this.watch((hint) => subscriber.next(hint), signal);
      return () => stop.abort();
    });
  }

  private async inspectRaw(containerId: string): Promise<InspectedShape | null> {
    const info: unknown = await this.ask(
      'a container',
      (docker, abortSignal) => docker.getContainer(containerId).inspect({ abortSignal }),
      null,
    );
    if (info === null) return null;
    if (typeof info !== 'object' || !('Config' in info))
      throw new BackupFailure('docker-unavailable', { detail: 'a container was described in no known form' });
    return info as InspectedShape;
  }

  /** @param missing what a 404 means; without it a 404 is a failure like any other */
  private async ask<T>(
    what: string,
    call: (docker: Docker, signal: AbortSignal) => Promise<T>,
    missing?: null,
  ): Promise<T | null> {
    try {
      const docker = await this.connected();
      return await withDeadline(what, this.callMs, (signal) => call(docker, signal));
    } catch (error) {
      if (missing === null && (error as { statusCode?: number }).statusCode === 404) return null;
      throw this.lost(error);
    }
  }

  /** A client that speaks a version which the engine speaks too; asked for once per connection. */
  private async connected(): Promise<Docker> {
    if (this.engine !== null) return this.engine;
    const options = connectionOptions(this.config.dockerHost, this.config.dockerCertPath);
    try {
      const answer: unknown = await withDeadline('the version', this.callMs, (abortSignal) =>
        cancellable(new Docker(options)).version({ abortSignal }),
      );
      const version = versionToSpeak(answer);
      this.engine = new Docker({ ...options, version: `v${version}` });
      if (this.state.detail !== NOT_ASKED) this.logger.log(`connected, API ${version}`);
      this.state = { connected: true, detail: '', apiVersion: version };
      return this.engine;
    } catch (error) {
      throw this.disconnected(error);
    }
  }

  /** A call failed: the connection is given up unless the engine itself answered. */
  private lost(error: unknown): BackupFailure {
    if (error instanceof BackupFailure) return error;
    if ((error as { statusCode?: number }).statusCode === undefined) return this.disconnected(error);
    const detail = adviceFor(error, this.config.dockerHost);
    return new BackupFailure('docker-unavailable', { detail }, { cause: error });
  }

  /** Says why once, however often it is tried again. */
  private disconnected(error: unknown): BackupFailure {
    const failure =
      error instanceof BackupFailure
        ? error
        : new BackupFailure(
            'docker-unavailable',
            { detail: adviceFor(error, this.config.dockerHost) },
            { cause: error },
          );
    this.engine = null;
    if (this.state.detail !== failure.detail) this.logger.warn(failure.detail);
    this.state = { ...this.state, connected: false, detail: failure.detail };
    return failure;
  }

  /** Calls may work while the stream of events does not, behind a proxy for example. */
  private warnOfEvents(detail: string): void {
    const isNew = detail !== this.saidOfEvents && detail !== this.state.detail;
    if (isNew) this.logger.warn(`no events, so changes are seen late: ${detail}`);
    this.saidOfEvents = detail;
  }

  private async watch(tell: (hint: DockerHint) => void, signal: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    let since = Math.floor(this.clock.now().getTime() / 1000) - 60;
    while (!signal.aborted) {
      const began = this.clock.monotonicMs();
      try {
        since = await this.follow(since, tell, signal);
      } catch (error) {
        this.warnOfEvents(this.lost(error).detail);
      }
      if (this.clock.monotonicMs() - began > HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
      await pause(pauseMs * (0.8 + Math.random() * 0.4), undefined, { signal, ref: false }).catch(
        () => undefined,
      );
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }

  /** Follows one stream of events until it ends. @returns from when to ask the next time (the engine's answer to `since` is inclusive) */
  private async follow(
    since: number,
    tell: (hint: DockerHint) => void,
    signal: AbortSignal,
  ): Promise<number> {
    const docker = await this.connected();
    const over = new AbortController();
    const pinging = this.pingUntil(docker, over);
    try {
      return await readEvents(
        (from, abortSignal) =>
          cancellable(docker).getEvents({ since: from, filters: EVENT_FILTERS, abortSignal }),
        since,
        tell,
        AbortSignal.any([signal, over.signal]),
      );
    } finally {
      over.abort();
      await pinging;
    }
  }

  /** A half-open connection says nothing for ever: only a ping that fails tells. */
  private async pingUntil(docker: Docker, over: AbortController): Promise<void> {
    while (!over.signal.aborted) {
      await pause(PING_EVERY_MS, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
      if (isOver(over)) return;
      try {
        await withDeadline('a ping', PING_MS, (abortSignal) => cancellable(docker).ping({ abortSignal }));
      } catch (error) {
        this.lost(error);
        over.abort();
      }
    }
  }
}

/** The client's types leave out that these calls can be cancelled. */
interface Cancellable {
  ping(options: { abortSignal: AbortSignal }): Promise<unknown>;
  version(options: { abortSignal: AbortSignal }): Promise<unknown>;
  getEvents(options: {
    since: number;
    filters: typeof EVENT_FILTERS;
    abortSignal: AbortSignal;
  }): Promise<NodeJS.ReadableStream>;
}

const cancellable = (docker: Docker): Cancellable => docker as unknown as Cancellable;

const isOver = (over: AbortController): boolean => over.signal.aborted;

interface ImageShape {
  Config?: { Labels?: Record<string, string> | null } | null;
}
