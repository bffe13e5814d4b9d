import { Injectable } from '@nestjs/common';
import { BackupFailure } from '../core/failure.js';
import { AgentIdentity } from '../db/agent-identity.js';
import type { Destination } from '../destinations/destination.js';
import { markerIn } from './object-name.js';
import { readSmall } from './read-small.js';

/** A marker is a few hundred bytes; more than this is not one. */
const MOST_BYTES = 4096;

/** Knows which folders at destinations belong to this agent. */
@Injectable()
export class FolderOwners {
  /** Ours for as long as their marker is there: only a person who says that this agent is gone has it replaced. */
  private readonly ours = new Set<string>();

  constructor(private readonly identity: AgentIdentity) {}

  /** What a marker says. */
  mark(at: Date): Buffer {
    const mark = { schema: 1, made_by: 'backup-orchestrator', at: at.toISOString(), owner: this.identity.id };
    return Buffer.from(`${JSON.stringify(mark)}\n`);
  }

  /**
   * Two agents in one folder would delete each other's copies, as neither has rows of the other's.
   * A marker that names nobody is everybody's.
   * @throws destination-owned
   */
  async check(destination: Destination, folder: string, signal: AbortSignal): Promise<void> {
    const place = placeOf(destination, folder);
    if (this.ours.has(place)) return;
    const owner = await this.otherOwner(destination, folder, signal);
    if (owner !== null)
      throw new BackupFailure('destination-owned', { detail: `${place} belongs to agent ${owner}` });
    this.ours.add(place);
  }

  /** Reads the marker now. @returns the id of the other agent that it names; null = ours. @throws copy-missing without a marker */
  async otherOwner(destination: Destination, folder: string, signal: AbortSignal): Promise<string | null> {
    const owner = ownerIn((await readSmall(destination, markerIn(folder), MOST_BYTES, signal)) ?? '');
    const other = owner === this.identity.id ? null : owner;
    if (other !== null) this.ours.delete(placeOf(destination, folder));
    return other;
  }

  /** Leaves our marker, in place of any other: nothing else in the folder is touched. */
  async take(destination: Destination, folder: string, at: Date): Promise<void> {
    const marker = markerIn(folder);
    await destination.remove(marker);
    await destination.put(marker, this.mark(at));
    await destination.settle([marker]);
    this.ours.add(placeOf(destination, folder));
  }
}

const placeOf = (destination: Destination, folder: string): string => `${destination.name}:${folder}`;

function ownerIn(text: string): string | null {
  try {
    const mark: unknown = JSON.parse(text);
    return typeof mark === 'object' && mark !== null && 'owner' in mark && typeof mark.owner === 'string'
      ? mark.owner
      : null;
  } catch {
    return null;
  }
}
