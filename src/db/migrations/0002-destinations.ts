import { Table, TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner, TableColumnOptions } from 'typeorm';

const text = (name: string): TableColumnOptions => ({ name, type: 'text' });
const maybe = (name: string, type = 'text'): TableColumnOptions => ({ name, type, isNullable: true });

export class Destinations1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'destinations',
        columns: [
          { name: 'id', type: 'text', isPrimary: true },
          text('name'),
          text('type'),
          text('folder'),
          text('origin'),
          maybe('sealed_config'),
          maybe('host_keys'),
          maybe('marked_at'),
          text('health_state'),
          maybe('health_code'),
          maybe('health_detail'),
          maybe('checked_at'),
          maybe('unwell_since'),
          maybe('total_bytes', 'bigint'),
          maybe('free_bytes', 'bigint'),
          text('created_at'),
          text('updated_at'),
        ],
        indices: [new TableIndex({ columnNames: ['name'], isUnique: true })],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('destinations');
  }
}
