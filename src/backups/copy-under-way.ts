import { asFailure } from '../core/failure.js';
import type { BackupFailure } from '../core/failure.js';
import type { Destination } from '../destinations/destination.js';
import type { PlannedCopy } from './run.entity.js';
import { refuseOtherFolder } from './same-folder.js';

export type Note = (line: string) => void;

/** One copy on its way to a destination. */
export interface CopyUnderWay {
  destination: Destination;
  /** Where its bytes go until they are proven: `planned.partialKey`. */
  key: string;
  planned: PlannedCopy;
  failure: BackupFailure | null;
}

/** Works on every copy that has not failed, side by side; one that throws falls out and is cleaned up. */
export async function eachAlive(
  copies: readonly CopyUnderWay[],
  note: Note,
  work: (copy: CopyUnderWay) => Promise<void>,
): Promise<void> {
  const alive = copies.filter((copy) => copy.failure === null);
  await Promise.all(
    alive.map(async (copy) => {
      try {
        await work(copy);
      } catch (error) {
        await giveUp(copy, asFailure(error), note);
      }
    }),
  );
}

/** Takes a copy out of the run and removes what it left. A partial of ours that was not proven has no use. */
export async function giveUp(copy: CopyUnderWay, failure: BackupFailure, note: Note): Promise<void> {
  copy.failure = failure;
  copy.planned.outcome = 'failed';
  try {
    // A server that is away is not asked again now: that can take minutes.
    if (failure.code === 'destination-unreachable') throw failure;
    await copy.destination.abandon(copy.planned.partialKey);
    // What a disk that was unmounted in between holds is looked at when it is back.
    await refuseOtherFolder(copy.destination, copy.planned.partialKey);
  } catch (error) {
    copy.planned.outcome = 'unsettled';
    const why = asFailure(error);
    if (why.code === 'destination-changed') copy.failure = why;
  }
  copy.planned.error = { code: copy.failure.code, detail: copy.failure.detail };
  note(`${copy.destination.name}: ${copy.failure.message}`);
}

/** @throws the failure of the first copy when all have failed */
export function throwIfNoneLeft(copies: readonly CopyUnderWay[]): void {
  const [first] = copies;
  if (first?.failure != null && copies.every((copy) => copy.failure !== null)) throw first.failure;
}
