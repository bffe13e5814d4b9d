import { AsyncLocalStorage } from 'node:async_hooks';

/** Lets pieces of work in one after the other; what is called from within a piece belongs to it. */
export class OneAtATime {
  private readonly within = new AsyncLocalStorage<true>();
  private last: Promise<unknown> = Promise.resolve();

  isWithin(): boolean {
    return this.within.getStore() === true;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isWithin()) return work();
    const mine = this.last.then(() => this.within.run(true, work));
    this.last = mine.catch(() => undefined);
    return mine;
  }
}
