import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import Docker from 'dockerode';
import { Observable } from 'rxjs';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { rememberSecret } from '../core/redact.js';
import { DeadlineError, withDeadline } from './deadline.js';
import { adviceFor, connectionOptions } from './docker-host.js';
import { DockerGateway } from './docker.gateway.js';
import type { InspectedContainer, ListedContainer, DockerHint } from './docker.gateway.js';
import { inspectedFrom, listedFrom } from './engine-shapes.js';
import type { InspectedShape, ListedShape } from './engine-shapes.js';
import { versionToSpeak } from './engine-version.js';
import { EventFollower } from './follow-events.js';
import type { EventSource } from './follow-events.js';
import { EVENT_FILTERS } from './read-events.js';

const PING_MS = 3000;
const NOT_ASKED = 'not asked yet';

/** The one door to dockerode. */
@Injectable()
export class DockerodeGateway extends DockerGateway implements OnModuleDestroy {
  /** Deadline of each call. */
  protected readonly callMs: number = 10_000;
  private readonly logger = new Logger('Docker');
  private readonly ended = new AbortController();
  private engine: Docker | null = null;
  private connecting: Promise<Docker> | null = null;
  private readonly followers = new Set<EventFollower>();
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
      const follower = new EventFollower(this.callsFor(), this.clock);
      this.followers.add(follower);
      signal.addEventListener('abort', () => this.followers.delete(follower), { once: true });
      void follower.follow((hint) => subscriber.next(hint), signal);
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

  /** A client that speaks a version which the engine speaks too; asked for once per connection, whoever asks meanwhile. */
  private async connected(): Promise<Docker> {
    if (this.engine !== null) return this.engine;
    this.connecting ??= this.connect().finally(() => (this.connecting = null));
    return this.connecting;
  }

  private async connect(): Promise<Docker> {
    try {
      const options = connectionOptions(this.config.dockerHost, this.config.dockerCertPath);
      const answer: unknown = await withDeadline('the version', this.callMs, (abortSignal) =>
        cancellable(new Docker(options)).version({ abortSignal }),
      );
      const version = versionToSpeak(answer, this.config.dockerApiVersion);
      this.engine = new Docker({ ...options, version: `v${version}` });
      if (this.state.detail !== NOT_ASKED) this.logger.log(`connected, API ${version}`);
      this.state = { connected: true, detail: '', apiVersion: version };
      return this.engine;
    } catch (error) {
      throw this.disconnected(error);
    }
  }

  /** A call failed: the connection is given up unless the engine itself answered, or this call alone may be late. */
  private lost(error: unknown): BackupFailure {
    if (error instanceof BackupFailure) return error;
    const isLate = error instanceof DeadlineError;
    if (!isLate && (error as { statusCode?: number }).statusCode === undefined)
      return this.disconnected(error);
    // Events may have been lost the same way: a new stream begins with a ping, which decides about the connection.
    if (isLate) for (const follower of this.followers) follower.restart();
    const detail = this.adviceFor(error);
    return new BackupFailure('docker-unavailable', { detail }, { cause: error });
  }

  /** Says why once, however often it is tried again. */
  private disconnected(error: unknown): BackupFailure {
    const failure =
      error instanceof BackupFailure
        ? error
        : new BackupFailure('docker-unavailable', { detail: this.adviceFor(error) }, { cause: error });
    this.engine = null;
    if (this.state.detail !== failure.detail) this.logger.warn(failure.detail);
    this.state = { ...this.state, connected: false, detail: failure.detail };
    return failure;
  }

  private adviceFor(error: unknown): string {
    return adviceFor(error, this.config.dockerHost, this.config.dockerCertPath !== null);
  }

  private callsFor(): EventSource {
    return {
      open: async (since, abortSignal) => {
        const docker = cancellable(await this.connected());
        return docker.getEvents({ since, filters: EVENT_FILTERS, abortSignal });
      },
      ping: async () => {
        const docker = cancellable(await this.connected());
        try {
          await withDeadline('a ping', PING_MS, (abortSignal) => docker.ping({ abortSignal }));
        } catch (error) {
          throw this.disconnected(error);
        }
      },
      failed: (error) => this.lost(error),
      stateDetail: () => this.state.detail,
    };
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

interface ImageShape {
  Config?: { Labels?: Record<string, string> | null } | null;
}
