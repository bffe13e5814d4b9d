import type { IncomingMessage } from 'node:http';
import type { DockerHint } from './docker.gateway.js';
import { EventLines, hintIn } from './event-lines.js';

/** No label filter: it would hide network events. `create` has temporary names, `stop` and `kill` say less than `die`. */
export const EVENT_FILTERS = {
  type: ['container', 'network'],
  event: ['start', 'die', 'destroy', 'rename', 'pause', 'unpause', 'connect', 'disconnect', 'health_status'],
};

/**
 * Opens the stream of events and reads it to its end. Nothing is awaited between chunks: a slow reader loses events
 * and holds up the engine.
 * @param since seconds by the engine's clock; events from then on come again
 * @returns what to give as `since` the next time
 */
export async function readEvents(
  open: (since: number, signal: AbortSignal) => Promise<NodeJS.ReadableStream>,
  since: number,
  tell: (hint: DockerHint) => void,
  signal: AbortSignal,
): Promise<number> {
  // The call may stay pending until the first event (podman), and it resolves before the engine has subscribed:
  // that is what `since` is for.
  const opening = open(since, signal);
  const stream = (await orAborted(opening, signal)) as IncomingMessage;
  return new Promise((resolve) => {
    const lines = new EventLines();
    let newest = since;
    const finish = (): void => {
      stream.destroy();
      resolve(newest);
    };
    stream.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) {
        const hint = hintIn(line);
        if (hint === null) continue;
        newest = Math.max(newest, hint.at);
        tell(hint);
      }
    });
    stream.on('end', finish).on('error', finish).on('close', finish);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
    tell({ kind: 'connection', containerId: '', action: 'connected', at: newest });
  });
}

/** The client may leave a call pending for ever, also when it is aborted. */
async function orAborted<T extends NodeJS.ReadableStream>(
  opening: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const refuse = (): void => reject(new Error('the stream of events was given up'));
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { once: true });
  });
  aborted.catch(() =>
    opening.then((late) => (late as unknown as IncomingMessage).destroy()).catch(() => undefined),
  );
  return Promise.race([opening, aborted]);
}
