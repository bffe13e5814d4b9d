import { undoAll } from './reaper.js';

type Undo = () => void | Promise<void>;

const undos: Undo[] = [];
let leaving: Promise<void> | null = null;

/** Registers what has to be undone at the end, also when we are interrupted; last in, first out. @returns runs it now and forgets it */
export function atEnd(undo: Undo): () => Promise<void> {
  undos.push(undo);
  return async () => {
    const place = undos.indexOf(undo);
    if (place === -1) return;
    undos.splice(place, 1);
    await undo();
  };
}

/** Undoes everything that is left; a part that fails does not keep the rest from being undone. */
export function leave(): Promise<void> {
  leaving ??= (async () => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
      try {
        await undo();
      } catch (error) {
        process.stderr.write(`cleaning up: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
    await undoAll();
    leaving = null;
  })();
  return leaving;
}

/** For programs (not for Jest): cleans up on Ctrl-C, SIGTERM and errors that nobody caught. */
export function leaveOnSignals(): void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => void leave().finally(() => process.exit(code)));
  }
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    void leave().finally(() => process.exit(1));
  });
}
