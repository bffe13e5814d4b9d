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

  /**
   * Lists everything; inspects only what is new or has changed.
   * @returns how many could not be inspected: they are kept as they were known, or as `unread`
   */
  async refreshAll(): Promise<number> {
    const listed = await this.docker.list();
    const fresh = new Map<string, KnownContainer>();
    const dirty: ListedContainer[] = [];
    for (const container of listed) {
      const before = this.known.get(container.id);
      if (!this.isLabelled(container)) fresh.set(container.id, plain(container));
      else if (before?.inspected != null && isSame(before.listed, container))
        fresh.set(container.id, { ...before, listed: { ...container, image: before.listed.image } });
      else dirty.push(container);
    }
    let failed = 0;
    await eachOf(dirty, async (container) => {
      try {
        const looked = await this.look(container.id);
        if (looked !== null) fresh.set(container.id, looked);
      } catch {
        // One container that hangs must not hide the others.
        failed += 1;
        fresh.set(container.id, this.known.get(container.id) ?? { ...plain(container), unread: true });
      }
    });
    this.known = fresh;
    this.forgetImages(listed);
    return failed;
  }

  /** Looks at single containers again. @returns how many could not be inspected: they are kept as they were known */
  async refresh(ids: ReadonlySet<string>): Promise<number> {
    let failed = 0;
    await eachOf([...ids], async (id) => {
      try {
        const looked = await this.look(id);
        if (looked === null) this.known.delete(id);
        else this.known.set(id, looked);
      } catch {
        failed += 1;
      }
    });
    return failed;
  }

  private async look(id: string): Promise<KnownContainer | null> {
    const inspected = await this.docker.inspect(id);
    if (inspected === null) return null;
    const current = listedFrom(inspected);
    if (!this.isLabelled(current)) return plain(current);
    return { listed: current, inspected, fromImage: await this.bakedLabels(current) };
  }

  private forgetImages(listed: readonly ListedContainer[]): void {
    const used = new Set(listed.map(({ imageId }) => imageId));
    for (const imageId of this.imageLabels.keys()) if (!used.has(imageId)) this.imageLabels.delete(imageId);
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

const plain = (listed: ListedContainer): KnownContainer => ({ listed, inspected: null, fromImage: [] });

const listedFrom = ({
  exposedPorts: _ports,
  aliases: _aliases,
  health: _health,
  createdAt: _createdAt,
  ...listed
}: InspectedContainer): ListedContainer => listed;

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
