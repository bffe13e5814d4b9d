import type { DataSource, QueryRunner } from 'typeorm';
import type { AgentLease } from './agent-lease.js';

/** Lets nothing reach the database once another agent has taken over; the one door of every query. */
export function guardQueries(db: DataSource, lease: Pick<AgentLease, 'confirm'>): void {
  const create = db.driver.createQueryRunner.bind(db.driver);
  const guarded = new WeakSet<QueryRunner>();
  db.driver.createQueryRunner = (mode) => {
    const runner = create(mode);
    if (guarded.has(runner)) return runner;
    guarded.add(runner);
    const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
    const checked = async (...args: unknown[]): Promise<unknown> => {
      await lease.confirm();
      return query(...args);
    };
    runner.query = checked as QueryRunner['query'];
    return runner;
  };
}
