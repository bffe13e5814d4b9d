import { Table, TableIndex } from 'typeorm';
import type { MigrationInterface, QueryRunner, TableColumnOptions } from 'typeorm';

const text = (name: string, extra: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'text',
  ...extra,
});
const key = (name: string, type = 'text'): TableColumnOptions => ({ name, type, isPrimary: true });
const maybe = (name: string, type = 'text'): TableColumnOptions => ({ name, type, isNullable: true });
const index = (columnNames: string[], isUnique = false): TableIndex =>
  new TableIndex({ columnNames, isUnique });

/** Only types that SQLite and PostgreSQL share: text, integer, bigint, boolean. */
const TABLES: Table[] = [
  new Table({
    name: 'apps',
    columns: [
      key('id'),
      text('key'),
      text('slug'),
      text('origin'),
      text('state'),
      text('declaration'),
      text('problems'),
      maybe('container_id'),
      maybe('container_name'),
      maybe('image'),
      maybe('project'),
      maybe('service'),
      maybe('manual_url'),
      maybe('manual_token'),
      maybe('next_run_at'),
      maybe('away_since'),
      text('created_at'),
      text('updated_at'),
    ],
    indices: [index(['key'], true), index(['slug'], true), index(['next_run_at'])],
  }),
  new Table({
    name: 'app_overrides',
    columns: [key('app_id'), key('setting'), text('value'), text('set_by'), text('set_at')],
  }),
  new Table({
    name: 'runs',
    columns: [
      key('id'),
      text('app_id'),
      text('trigger'),
      text('state'),
      maybe('outcome'),
      text('attempt', { type: 'integer' }),
      maybe('error_code'),
      maybe('error_detail'),
      maybe('not_before'),
      text('queued_at'),
      maybe('started_at'),
      maybe('finished_at'),
      maybe('bytes_total', 'bigint'),
      maybe('size_bytes', 'bigint'),
      maybe('sha256'),
      maybe('declared'),
      text('planned_copies'),
      text('warnings'),
    ],
    indices: [index(['app_id', 'queued_at']), index(['state'])],
  }),
  new Table({
    name: 'run_steps',
    columns: [
      key('run_id'),
      key('position', 'integer'),
      text('attempt', { type: 'integer' }),
      text('name'),
      text('outcome'),
      text('detail'),
      text('started_at'),
      maybe('finished_at'),
    ],
  }),
  new Table({
    name: 'backups',
    columns: [
      key('id'),
      text('app_id'),
      text('run_id'),
      text('destination'),
      text('object_key'),
      text('size_bytes', { type: 'bigint' }),
      text('sha256'),
      text('format'),
      text('created_at'),
      text('seq', { type: 'integer' }),
      text('state'),
      text('proof'),
      text('pinned', { type: 'boolean' }),
      maybe('checked_at'),
    ],
    indices: [index(['app_id', 'destination', 'created_at']), index(['destination', 'object_key'], true)],
  }),
  new Table({
    name: 'sessions',
    columns: [
      key('id_hash'),
      text('username'),
      text('csrf_token'),
      text('created_at'),
      text('last_seen_at'),
      text('expires_at'),
    ],
  }),
  new Table({
    name: 'audit_log',
    columns: [
      key('id'),
      text('at'),
      text('who'),
      text('action'),
      text('subject'),
      maybe('before'),
      maybe('after'),
    ],
    indices: [index(['at'])],
  }),
];

export class Init1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.createTable(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...TABLES].reverse()) await runner.dropTable(table);
  }
}
