import type { DataSource } from 'typeorm';
import { MIGRATIONS } from './data-source.js';
import { StartRefused } from './start-refused.js';

/**
 * @param done names of the migrations that a database has had
 * @throws StartRefused when one of them is not ours: an older agent would misread what a newer one wrote
 */
export function refuseNewerTables(done: readonly string[]): 'current' | 'older' {
  const known = MIGRATIONS.map(({ name }) => name);
  const strange = done.filter((name) => !known.includes(name));
  if (strange.length === 0) return done.length === known.length ? 'current' : 'older';
  throw new StartRefused(
    `The database was written by a newer version of the agent (it has ${strange.join(', ')}). Nothing was changed. ` +
      'Start that version again, or put back the copy that it made before the update: database-copies/before-update-… in DATA_DIR.',
  );
}

/** Brings the tables up to date, all or nothing. @throws StartRefused when they are newer */
export async function updateTables(db: DataSource, crashAt: string | null): Promise<void> {
  const runner = db.createQueryRunner();
  if (await runner.hasTable('migrations')) {
    const done = (await runner.query('SELECT name FROM migrations')) as { name: string }[];
    refuseNewerTables(done.map(({ name }) => name));
  }
  await runner.release();
  const last = db.migrations.at(-1);
  if (crashAt === 'migrating' && last !== undefined) {
    const up = last.up.bind(last);
    last.up = async (runner) => {
      await up(runner);
      process.kill(process.pid, 'SIGKILL');
    };
  }
  await db.runMigrations({ transaction: 'all' });
}
