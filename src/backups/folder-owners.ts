import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import { AgentIdentity } from '../db/agent-identity.js';
import type { Destination } from '../destinations/destination.js';
import { markerIn } from './object-name.js';
import { readSmall } from './read-small.js';

/** A marker is a few hundred bytes; more than this is not one. */
const MOST_BYTES = 4096;
/** A person may hand a folder to another agent while this one is thought to be gone; reading a marker for each run is too dear. */
const BELIEVED_MS = 10 * 60_000;

/** Knows which folders at destinations belong to this agent. */
@Injectable()
export class FolderOwners {
  /** When they were last seen to be ours, by the monotonic clock. */
  private readonly ours = new Map<string, number>();

  constructor(
    private readonly identity: AgentIdentity,
    private readonly clock: Clock,
  ) {}

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
    const seenAt = this.ours.get(place);
    if (seenAt !== undefined && this.clock.monotonicMs() - seenAt < BELIEVED_MS) return;
    const owner = await this.otherOwner(destination, folder, signal);
    if (owner !== null)
      throw new BackupFailure('destination-owned', { detail: `${place} belongs to agent ${owner}` });
    this.ours.set(place, this.clock.monotonicMs());
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
    this.ours.set(placeOf(destination, folder), this.clock.monotonicMs());
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
