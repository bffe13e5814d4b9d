import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After so long without work, and as often, what the work left behind is cleared away. */
const QUIET_MS = 3000;
/** V8 gives the space of young objects back only when it sees two collections with little in between. */
const COLLECTIONS = 4;

let collect: (() => void) | null = null;
let atWork = 0;
let quiet: NodeJS.Timeout | null = null;

/** From now on what is left after work is cleared away, instead of staying until V8 needs the space. */
export function keepHeapSmall(): void {
  // Before anything else runs: V8 promises nothing for flags that change later.
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as () => void;
  // What only the start needed.
  settleSoon(COLLECTIONS);
}

/** The agent waits nearly always, and then its heap is kept small; nothing is cleared away while it works. */
export async function atFullSpeed<T>(work: () => Promise<T>): Promise<T> {
  if (quiet !== null) clearTimeout(quiet);
  quiet = null;
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
    collect?.();
    if (times > 1) settleSoon(times - 1);
  }, QUIET_MS).unref();
}
