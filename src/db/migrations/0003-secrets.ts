import { Table } from 'typeorm';
import type { MigrationInterface, QueryRunner, TableColumnOptions } from 'typeorm';

const key = (name: string): TableColumnOptions => ({ name, type: 'text', isPrimary: true });
const text = (name: string): TableColumnOptions => ({ name, type: 'text' });

const TABLES = [
  new Table({
    name: 'secrets',
    columns: [key('name'), text('sealed_value'), text('set_by'), text('set_at')],
  }),
  new Table({
    name: 'secret_grants',
    columns: [key('secret'), key('owner'), text('granted_by'), text('granted_at')],
  }),
];

export class Secrets1764000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.createTable(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.dropTable(table);
  }
}
