import { AsyncLocalStorage } from 'node:async_hooks';

/** Lets pieces of work in one after the other; what is called from within a piece belongs to it, until the piece is over. */
export class OneAtATime {
  private readonly within = new AsyncLocalStorage<{ isOver: boolean }>();
  private last: Promise<unknown> = Promise.resolve();

  isWithin(): boolean {
    return this.within.getStore()?.isOver === false;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isWithin()) return work();
    const mine = this.last.then(() => this.begin(work));
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private async begin<T>(work: () => Promise<T>): Promise<T> {
    const piece = { isOver: false };
    try {
      return await this.within.run(piece, work);
    } finally {
      // What a piece left behind, as a timer, has to wait for its turn like everybody.
      piece.isOver = true;
    }
  }
}
