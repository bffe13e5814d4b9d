import { Injectable } from '@nestjs/common';
import { BackupFailure } from '../core/failure.js';
import { AgentIdentity } from '../db/agent-identity.js';
import type { Destination } from '../destinations/destination.js';
import { markerIn } from './object-name.js';

/** A marker is a few hundred bytes; more than this is not one. */
const MOST_BYTES = 4096;

/** Knows which folders at destinations belong to this agent. */
@Injectable()
export class FolderOwners {
  /** Ours for as long as their marker is there: nobody can replace it, only delete it. */
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
    const place = `${destination.name}:${folder}`;
    if (this.ours.has(place)) return;
    const owner = ownerIn(await read(destination, markerIn(folder), signal));
    if (owner !== null && owner !== this.identity.id)
      throw new BackupFailure('destination-owned', { detail: `${place} belongs to agent ${owner}` });
    this.ours.add(place);
  }
}

async function read(destination: Destination, key: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of (await destination.open(key, signal)) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

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
