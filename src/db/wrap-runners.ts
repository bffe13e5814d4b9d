import type { DataSource, QueryRunner } from 'typeorm';

export type Ask = (...args: unknown[]) => Promise<unknown>;

/** Puts something between everybody who asks the database and the database. */
export function wrapRunners(db: DataSource, wrap: (runner: QueryRunner, query: Ask) => Ask): void {
  const create = db.driver.createQueryRunner.bind(db.driver);
  const wrapped = new WeakSet<QueryRunner>();
  db.driver.createQueryRunner = (mode) => {
    const runner = create(mode);
    if (wrapped.has(runner)) return runner;
    wrapped.add(runner);
    wrapRunner(runner, wrap);
    return runner;
  };
}

export function wrapRunner(runner: QueryRunner, wrap: (runner: QueryRunner, query: Ask) => Ask): void {
  runner.query = wrap(runner, runner.query.bind(runner) as Ask) as QueryRunner['query'];
}
