import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After so long without work, and as often, what the work left behind is cleared away. */
const QUIET_MS = 3000;
/** V8 gives the space of young objects back only when it sees two collections with little in between. */
const COLLECTIONS = 4;

let collect: (() => void) | null = null;
let atWork = 0;
let quiet: NodeJS.Timeout | null = null;

/** From now on V8 prefers a small heap to a fast one, except during `atFullSpeed`. */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as () => void;
  // What only the start needed.
  settleSoon(COLLECTIONS);
}

/**
 * The agent waits nearly always, and then its heap is kept small; while it works the heap may grow: measured with many
 * small apps, a small one costs half as much processor time again for each backup.
 */
export async function atFullSpeed<T>(work: () => Promise<T>): Promise<T> {
  if (quiet !== null) clearTimeout(quiet);
  quiet = null;
  if (collect !== null && atWork === 0) setFlagsFromString('--no-optimize-for-size');
  atWork += 1;
  try {
    return await work();
  } finally {
    atWork -= 1;
    if (atWork === 0) settleSoon(COLLECTIONS);
  }
}

function settleSoon(times: number): void {
  if (collect === null) return;
  quiet = setTimeout(() => {
    setFlagsFromString('--optimize-for-size');
    collect?.();
    if (times > 1) settleSoon(times - 1);
  }, QUIET_MS).unref();
}
