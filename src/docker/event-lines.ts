import type { DockerHint } from './docker.gateway.js';

/** An event carries all labels of its container, so lines may be long; beyond this they are skipped whole. */
const LONGEST_LINE_BYTES = 4 * 1024 * 1024;

/** Cuts a stream of bytes into lines: chunks are not events, several may come in one and one in several. */
export class EventLines {
  private parts: Buffer[] = [];
  private size = 0;
  private skipping = false;

  /** @returns the lines that are complete now */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      this.keep(chunk.subarray(from, end));
      if (!this.skipping && this.size > 0) lines.push(Buffer.concat(this.parts).toString('utf8'));
      this.parts = [];
      this.size = 0;
      this.skipping = false;
      from = end + 1;
    }
    this.keep(chunk.subarray(from));
    return lines;
  }

  private keep(part: Buffer): void {
    this.size += part.length;
    if (this.size > LONGEST_LINE_BYTES) {
      this.skipping = true;
      this.parts = [];
    } else if (part.length > 0) {
      this.parts.push(part);
    }
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** An event of the engine as a hint; null when it is nothing that we look at. Engine 29 has only `Action` and `Actor`. */
export function hintIn(line: string): DockerHint | null {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isRecord(event) || typeof event['Action'] !== 'string' || !isRecord(event['Actor'])) return null;
  const attributes = isRecord(event['Actor']['Attributes']) ? event['Actor']['Attributes'] : {};
  // Network events are about the network; the container is an attribute.
  const id = event['Type'] === 'network' ? attributes['container'] : event['Actor']['ID'];
  if (typeof id !== 'string' || id === '') return null;
  const at = typeof event['time'] === 'number' ? event['time'] : 0;
  return { kind: 'container', containerId: id, action: event['Action'].split(':')[0] ?? '', at };
}
