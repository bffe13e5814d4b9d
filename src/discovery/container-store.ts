import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { DockerGateway } from '../docker/docker.gateway.js';
import type { InspectedContainer, ListedContainer } from '../docker/docker.gateway.js';
import type { KnownContainer } from './seen-container.js';

const INSPECT_AT_ONCE = 8;
const COMPOSE_LABELS = 'com.docker.compose.';

/** What we know of the engine's containers: the list, and an inspection of those that carry our labels. */
@Injectable()
export class ContainerStore {
  private known = new Map<string, KnownContainer>();
  private readonly imageLabels = new Map<string, Readonly<Record<string, string>>>();

  constructor(
    private readonly docker: DockerGateway,
    private readonly config: AppConfig,
  ) {}

  all(): KnownContainer[] {
    return [...this.known.values()];
  }

  /** Lists everything; inspects only what is new or has changed. */
  async refreshAll(): Promise<void> {
    const listed = await this.docker.list();
    const fresh = new Map<string, KnownContainer>();
    const dirty: ListedContainer[] = [];
    for (const container of listed) {
      const before = this.known.get(container.id);
      if (!this.isLabelled(container))
        fresh.set(container.id, { listed: container, inspected: null, fromImage: [] });
      else if (before?.inspected != null && isSame(before.listed, container))
        fresh.set(container.id, { ...before, listed: container });
      else dirty.push(container);
    }
    await eachOf(dirty, async (container) => {
      const looked = await this.look(container.id, container);
      if (looked !== null) fresh.set(container.id, looked);
    });
    this.known = fresh;
  }

  /**
   * Looks at single containers again.
   * @returns those that run but have no address yet: an event can be quicker than the engine's own state
   */
  async refresh(ids: ReadonlySet<string>): Promise<string[]> {
    const early: string[] = [];
    await eachOf([...ids], async (id) => {
      const looked = await this.look(id, null);
      if (looked === null) this.known.delete(id);
      else this.known.set(id, looked);
      if (looked !== null && this.isLabelled(looked.listed) && hasNoAddress(looked.listed)) early.push(id);
    });
    return early;
  }

  private async look(id: string, listed: ListedContainer | null): Promise<KnownContainer | null> {
    const inspected = await this.docker.inspect(id);
    if (inspected === null) return null;
    const current = listed === null ? listedFrom(inspected) : { ...listed, networks: inspected.networks };
    const labelled = this.isLabelled(current);
    return {
      listed: current,
      inspected: labelled ? inspected : null,
      fromImage: labelled ? await this.bakedLabels(current) : [],
    };
  }

  private isLabelled({ labels }: ListedContainer): boolean {
    return Object.keys(labels).some((label) => label.toLowerCase().startsWith(`${this.config.labelPrefix}.`));
  }

  /** Labels that the image has with the same value: they came with it, and nobody wrote them for this container. */
  private async bakedLabels({ imageId, labels }: ListedContainer): Promise<string[]> {
    let baked = this.imageLabels.get(imageId);
    if (baked === undefined) {
      baked = await this.docker.imageLabels(imageId);
      this.imageLabels.set(imageId, baked);
    }
    const ours = (label: string): boolean =>
      label.startsWith(`${this.config.labelPrefix}.`) || label.startsWith(COMPOSE_LABELS);
    return Object.entries(baked).flatMap(([label, value]) =>
      ours(label) && labels[label] === value ? [label] : [],
    );
  }
}

const listedFrom = ({
  exposedPorts: _ports,
  aliases: _aliases,
  health: _health,
  createdAt: _createdAt,
  ...listed
}: InspectedContainer): ListedContainer => listed;

const hasNoAddress = ({ state, networks }: ListedContainer): boolean =>
  state === 'running' && Object.values(networks).every((address) => address === '');

/** Labels and image of one container never change; its state, name and networks do. */
function isSame(a: ListedContainer, b: ListedContainer): boolean {
  const networks = ({ networks: of }: ListedContainer): string => JSON.stringify(Object.entries(of).sort());
  return a.state === b.state && a.name === b.name && networks(a) === networks(b);
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(INSPECT_AT_ONCE, items.length) }, worker));
}
