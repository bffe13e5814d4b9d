import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { DockerGateway } from '../docker/docker.gateway.js';
import type { InspectedContainer, ListedContainer } from '../docker/docker.gateway.js';
import type { KnownContainer } from './seen-container.js';

const COMPOSE_LABELS = 'com.docker.compose.';

/** What we know of the engine's containers: the list, and an inspection of those that carry our labels. */
@Injectable()
export class ContainerStore {
  private known = new Map<string, KnownContainer>();
  private lookedMeanwhile = new Set<string>();
  private readonly imageLabels = new Map<string, Readonly<Record<string, string>>>();

  constructor(
    private readonly docker: DockerGateway,
    private readonly config: AppConfig,
  ) {}

  all(): KnownContainer[] {
    return [...this.known.values()];
  }

  /**
   * Lists everything, and takes what it can from that.
   * @returns what is new or has changed and has to be looked at; until then it is kept as it was known, or as `unread`
   */
  async list(): Promise<string[]> {
    const looked = (this.lookedMeanwhile = new Set());
    const listed = await this.docker.list();
    const fresh = new Map<string, KnownContainer>();
    const dirty: string[] = [];
    for (const container of listed) {
      const before = this.known.get(container.id);
      if (!this.isLabelled(container)) {
        fresh.set(container.id, plain(container));
      } else if (before?.inspected != null) {
        fresh.set(container.id, before);
        if (!isSame(before.listed, container)) dirty.push(container.id);
      } else {
        fresh.set(container.id, { ...plain(container), unread: true });
        dirty.push(container.id);
      }
    }
    // A look may be newer than the list.
    for (const id of looked) {
      const known = this.known.get(id);
      if (known === undefined) fresh.delete(id);
      else fresh.set(id, known);
    }
    this.known = fresh;
    this.forgetImages(listed);
    return dirty;
  }

  /** Looks at one container. @throws BackupFailure; then it is kept as it was known */
  async look(id: string): Promise<void> {
    const inspected = await this.docker.inspect(id);
    if (inspected === null) this.known.delete(id);
    else this.known.set(id, await this.knownFrom(inspected));
    this.lookedMeanwhile.add(id);
  }

  private async knownFrom(inspected: InspectedContainer): Promise<KnownContainer> {
    const listed = listedFrom(inspected);
    if (!this.isLabelled(listed)) return plain(listed);
    return { listed, inspected, fromImage: await this.bakedLabels(listed) };
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
