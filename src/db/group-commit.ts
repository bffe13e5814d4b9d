/** How long a write waits for others to share its commit, which takes about as long itself. */
const COMPANY_MS = 1;
/** So many writes at most wait for one commit. */
const MOST_HELD = 64;

/** The one connection that everything is written with. */
export interface GroupConnection {
  /** Passes every check that other queries pass. */
  query: (sql: string) => Promise<unknown>;
  /** Whether a transaction is open: SQLite ends one by itself when the disk is full or fails. */
  isInTransaction: () => boolean;
  /** Ends the transaction, if one is open, whatever the checks say: a lock that is kept would hold up the next agent. */
  rollBack: () => void;
}

/** A write that has been made and waits for its commit. */
interface Held {
  settle: () => void;
  fail: (error: unknown) => void;
}

/**
 * Writes that come together are committed together, because each commit waits for the disk. Nobody is told that a write
 * is done before its commit is: the promise stays SQLite's. What is read meanwhile may be of a group that is not yet
 * committed; whatever is written because of it is committed with it or later, so it never outlives it.
 */
export class GroupCommit {
  private held: Held[] = [];
  private isOpen = false;
  private isClosing = false;

  /** @param inTurn lets one piece of work at a time have the connection */
  constructor(
    private readonly connection: GroupConnection,
    private readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>,
  ) {}

  /**
   * Does `work` within the group that is open, or in a new one.
   * @returns its result, once it is committed
   * @throws what `work` or the commit throws; nothing of it is stored then, and others of the group lose nothing by an
   * error of `work`, unless SQLite gave up the whole transaction: then they fail with the same error
   */
  write<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.inTurn(async () => {
        // Somebody has a transaction of his own open, as the migrations do.
        if (!this.isOpen && this.connection.isInTransaction()) {
          resolve(await work());
          return;
        }
        await this.open();
        const result = await this.attempt(work);
        this.held.push({ settle: () => resolve(result), fail: reject });
        if (this.held.length >= MOST_HELD) await this.close();
        else this.closeSoon();
      }).catch(reject);
    });
  }

  /** Commits what is held. To be called in turn, before anything that can't be within a transaction. Never rejects. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    const held = this.held.splice(0);
    try {
      await this.connection.query('COMMIT TRANSACTION');
      this.isOpen = false;
      for (const one of held) one.settle();
    } catch (error) {
      this.connection.rollBack();
      this.isOpen = false;
      for (const one of held) one.fail(error);
    }
  }

  private async open(): Promise<void> {
    if (this.isOpen) return;
    // One that takes the lock only when it writes can't wait for it: what it read may be old by then.
    await this.connection.query('BEGIN IMMEDIATE TRANSACTION');
    this.isOpen = true;
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.held.length === 0) this.connection.rollBack();
      if (!this.connection.isInTransaction()) {
        this.isOpen = false;
        for (const one of this.held.splice(0)) one.fail(error);
      }
      throw error;
    }
  }

  private closeSoon(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    setTimeout(() => {
      this.isClosing = false;
      void this.inTurn(() => this.close());
    }, COMPANY_MS);
  }
}
