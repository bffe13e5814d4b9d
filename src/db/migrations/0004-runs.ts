import { Table, TableColumn, TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner, TableColumnOptions } from 'typeorm';

const text = (name: string): TableColumnOptions => ({ name, type: 'text' });

/** The list of all runs goes by it. */
const BY_TIME = new TableIndex({ name: 'IDX_runs_queued_at', columnNames: ['queued_at', 'id'] });

/** What the app already works on for a run, and what each run had to say. */
export class Runs1764000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn('runs', new TableColumn({ name: 'app_job', type: 'text', isNullable: true }));
    await runner.createIndex('runs', BY_TIME);
    await runner.createTable(
      new Table({
        name: 'run_log',
        columns: [
          { name: 'run_id', type: 'text', isPrimary: true },
          { name: 'position', type: 'integer', isPrimary: true },
          text('at'),
          text('level'),
          text('line'),
        ],
        indices: [new TableIndex({ columnNames: ['at'] })],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('run_log');
    await runner.dropIndex('runs', BY_TIME);
    await runner.dropColumn('runs', 'app_job');
  }
}
