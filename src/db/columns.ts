import type { ValueTransformer } from 'typeorm';

/** Dates are kept as ISO 8601 UTC text: the same in SQLite and PostgreSQL, sortable, readable by people. */
export const instant: ValueTransformer = {
  to: (value: Date | null | undefined) => (value instanceof Date ? value.toISOString() : value),
  from: (value: string | null) => (value === null ? null : new Date(value)),
};

/** Byte counts: PostgreSQL hands bigint out as text. */
export const bytes: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** A value kept as JSON text. */
export const json: ValueTransformer = {
  to: (value: unknown) => (value === undefined ? undefined : JSON.stringify(value)),
  from: (value: string | null): unknown => (value === null ? null : JSON.parse(value)),
};
