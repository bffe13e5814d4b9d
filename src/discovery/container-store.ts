import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { DockerGateway } from '../docker/docker.gateway.js';
import type { InspectedContainer, ListedContainer } from '../docker/docker.gateway.js';
import type { KnownContainer } from './seen-container.js';

const COMPOSE_LABELS = 'com.docker.compose.';
const MOST_IMAGES = 100;
const IMAGES_MS = 1000;

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
    await this.learnImages(listed);
    const fresh = new Map<string, KnownContainer>();
    const dirty: string[] = [];
    for (const container of listed) {
      const before = this.known.get(container.id);
      if (!this.isLabelled(container)) {
        fresh.set(container.id, plain(container));
      } else if (before?.inspected != null) {
        fresh.set(container.id, before);
        if (!isSame(before.listed, container)) dirty.push(container.id);
      } else if (this.tellsEnough(container) && this.imageLabels.has(container.imageId)) {
        fresh.set(container.id, this.labelled(container, null));
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
    await this.labelsOf(listed.imageId);
    return this.labelled(listed, inspected);
  }

  private labelled(listed: ListedContainer, inspected: InspectedContainer | null): KnownContainer {
    return { listed, inspected, fromImage: this.bakedLabels(listed) };
  }

  /** Whether an inspection would add nothing: ports and aliases are told by it alone, and when to the nanosecond it was created. */
  private tellsEnough({ labels }: ListedContainer): boolean {
    const has = (name: string): boolean => (labels[`${this.config.labelPrefix}.${name}`] ?? '') !== '';
    return has('port') && !has('url') && !has('id');
  }

  /** Asks for images of containers that need not be looked at else; what does not come soon is left to the looks. */
  private async learnImages(listed: readonly ListedContainer[]): Promise<void> {
    const candidates = listed.filter(
      (container) => this.isLabelled(container) && this.tellsEnough(container),
    );
    const images = new Set(candidates.map(({ imageId }) => imageId));
    const asked = [...images].slice(0, MOST_IMAGES).map((imageId) => this.labelsOf(imageId));
    const enough = new AbortController();
    await Promise.race([
      Promise.allSettled(asked),
      pause(IMAGES_MS, undefined, { signal: enough.signal, ref: false }).catch(() => undefined),
    ]);
    enough.abort();
  }

  private async labelsOf(imageId: string): Promise<void> {
    if (!this.imageLabels.has(imageId)) this.imageLabels.set(imageId, await this.docker.imageLabels(imageId));
  }

  private forgetImages(listed: readonly ListedContainer[]): void {
    const used = new Set(listed.map(({ imageId }) => imageId));
    for (const imageId of this.imageLabels.keys()) if (!used.has(imageId)) this.imageLabels.delete(imageId);
  }

  private isLabelled({ labels }: ListedContainer): boolean {
    return Object.keys(labels).some((label) => label.toLowerCase().startsWith(`${this.config.labelPrefix}.`));
  }

  /** Labels that the image has with the same value: they came with it, and nobody wrote them for this container. */
  private bakedLabels({ imageId, labels }: ListedContainer): string[] {
    const baked = this.imageLabels.get(imageId) ?? {};
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
  ...listed
}: InspectedContainer): ListedContainer => listed;

/** Labels and image of one container never change; its state, name and networks do. */
function isSame(a: ListedContainer, b: ListedContainer): boolean {
  const networks = ({ networks: of }: ListedContainer): string => JSON.stringify(Object.entries(of).sort());
  return a.state === b.state && a.name === b.name && networks(a) === networks(b);
}
