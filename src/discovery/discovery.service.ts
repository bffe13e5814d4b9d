import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { AppChanges } from '../apps/app-changes.js';
import type { AppChange } from '../apps/app-changes.js';
import { AppsService } from '../apps/apps.service.js';
import { describeProblem, severityOf } from '../apps/problem.js';
import type { Problem } from '../apps/problem.js';
import { SecretKeeper } from '../apps/secret-keeper.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../core/clock.js';
import { BackupFailure, messageOf } from '../core/failure.js';
import { DockerGateway } from '../docker/docker.gateway.js';
import type { DiscoveryPolicy } from './candidate.js';
import { ContainerStore } from './container-store.js';
import { reconcile } from './reconcile.js';
import type { SeenContainer } from './seen-container.js';
import { watchContainers } from './watch-containers.js';
import type { Watcher } from './watch-containers.js';

const SETTLE_MS = 10;
const SECOND_LOOK_MS = 1000;
const RETRY_MS = 500;
/** A look that changes more says how many. */
const MOST_LINES = 100;

/** Where discovery reads and writes. */
@Injectable()
export class DiscoveryStores {
  constructor(
    readonly containers: ContainerStore,
    readonly apps: AppsService,
    readonly changes: AppChanges,
    readonly secrets: SecretKeeper,
  ) {}
}

/** Keeps the apps equal to what Docker shows. */
@Injectable()
export class DiscoveryService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Discovery');
  private readonly policy: Omit<DiscoveryPolicy, 'secretState'>;
  private lastTurn: Promise<unknown> = Promise.resolve();
  private watching: Subscription | null = null;
  private hasListed = false;
  /** Until what was listed has been acted on. */
  private listBeganMs: number | null = null;
  private last: readonly SeenContainer[] = [];
  private said = new Set<string>();
  /** By what was tried: `list`, `settle` or a container. */
  private readonly troubles = new Map<string, string>();

  constructor(
    private readonly docker: DockerGateway,
    private readonly stores: DiscoveryStores,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.policy = policyFrom(config);
  }

  onApplicationBootstrap(): void {
    const timings = {
      settleMs: SETTLE_MS,
      secondLookMs: SECOND_LOOK_MS,
      resyncMs: this.config.resyncMs,
      retryMs: RETRY_MS,
    };
    const watcher: Watcher = {
      list: async () => {
        this.listBeganMs ??= this.clock.monotonicMs();
        const dirty = await this.watched('list', () => this.stores.containers.list());
        this.hasListed = true;
        return dirty;
      },
      look: (id) => this.watched(id, () => this.stores.containers.look(id)),
      settle: () => this.watched('settle', () => this.reconcile()),
    };
    this.watching = watchContainers(this.docker, watcher, timings);
  }

  onModuleDestroy(): void {
    this.watching?.unsubscribe();
  }

  /** Every container with our labels or on our network, and why it is or is not an app. */
  seen(): readonly SeenContainer[] {
    return this.last;
  }

  /** Whether what `seen` says is up to date, and why not. */
  status(): ReturnType<DockerGateway['status']> {
    const status = this.docker.status();
    const [trouble] = this.troubles.values();
    return status.connected && trouble !== undefined
      ? { ...status, connected: false, detail: trouble }
      : status;
  }

  /** Judges what was seen last anew: after a person decided something about an app or a secret. */
  async refresh(): Promise<void> {
    // Before the first list there is nothing to judge; taking that for "no containers" would stop every app.
    if (this.hasListed) await this.watched('settle', () => this.reconcile());
  }

  /** Remembers what went wrong until it goes right; each trouble is said once, not at each try. */
  private async watched<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.troubles.delete(what);
      return result;
    } catch (error) {
      const why = error instanceof BackupFailure ? error.detail : messageOf(error);
      const isNew = this.troubles.get(what) !== why;
      this.troubles.set(what, why);
      // Without a connection the gateway says so itself.
      if (isNew && this.docker.status().connected)
        this.logger.warn(`containers could not be looked at: ${why}`);
      throw error;
    }
  }

  /** One after the other: what one wrote, the next must read. */
  private reconcile(): Promise<void> {
    const turn = this.lastTurn.then(() => this.reconcileNow());
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  private async reconcileNow(): Promise<void> {
    const { apps, changes, containers, secrets } = this.stores;
    const policy = { ...this.policy, secretState: await secrets.judge() };
    const result = reconcile(await apps.all(), containers.all(), policy, this.clock.now());
    await changes.apply(result.changes);
    this.last = result.seen;
    this.sayHowLong(containers.all().length, result.changes.length);
    this.sayChanges(result.changes);
    this.sayOnce(result.seen);
  }

  private sayHowLong(containers: number, changes: number): void {
    if (this.listBeganMs === null || !this.hasListed) return;
    const ms = Math.round(this.clock.monotonicMs() - this.listBeganMs);
    this.listBeganMs = null;
    this.logger.debug(`listed ${containers} containers, ${changes} changes, ${ms} ms`);
  }

  private sayChanges(changes: readonly AppChange[]): void {
    for (const change of changes.slice(0, MOST_LINES)) {
      const what =
        change.kind === 'register' ? 'registered' : `changed: ${Object.keys(change.fields).join(', ')}`;
      this.logger.log(`${change.key} ${what}`);
    }
    if (changes.length > MOST_LINES) this.logger.log(`and ${changes.length - MOST_LINES} more apps`);
  }

  /** Each problem is said when it appears, not at every look. */
  private sayOnce(seen: readonly SeenContainer[]): void {
    const present = new Set<string>();
    for (const container of seen) {
      for (const found of container.problems) {
        const line = `${container.name}: ${this.sentence(found)}`;
        present.add(line);
        if (!this.said.has(line) && severityOf(found.code) !== 'hint') this.logger.warn(line);
      }
    }
    this.said = present;
  }

  private sentence(found: Problem): string {
    const { says, fix } = describeProblem(found, this.config.lang);
    const about = [found.label ?? '', found.value === null ? '' : `"${found.value}"`]
      .filter((part) => part !== '')
      .join(' = ');
    return [about, says, fix].filter((part) => part !== '').join(' ');
  }
}

function policyFrom(config: AppConfig): Omit<DiscoveryPolicy, 'secretState'> {
  return {
    prefix: config.labelPrefix,
    network: config.backupsNetwork,
    allowedNetworks: config.allowedNetworks,
    instance: config.instanceName,
    allowImageLabels: config.allowImageLabels,
    requireApproval: config.requireApproval,
    missingGraceMs: config.missingGraceMs,
    defaultRetention: config.defaultRetention,
  };
}
