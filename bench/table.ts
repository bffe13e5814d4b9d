/** One line of the result: ours against theirs, or a figure of ours alone. */
export interface Row {
  /** Letter of the measurement. */
  id: string;
  what: string;
  unit: string;
  ours: number;
  /** Null where nothing is compared. */
  theirs: number | null;
  /** What must hold: of the ratio where there is one, else of `ours`; null where it is only told. */
  target: { atMost?: number; atLeast?: number } | null;
}

export const judged = (row: Row): number => (row.theirs === null ? row.ours : row.ours / row.theirs);

/** Whether the target is met; null without one. */
export function isMet(row: Row): boolean | null {
  if (row.target === null) return null;
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = row.target;
  return judged(row) <= atMost && judged(row) >= atLeast;
}

export function printTable(rows: readonly Row[]): string {
  const head = '|   | ours : theirs | ours | theirs | ratio | target | met |';
  return [head, '| --- | --- | ---: | ---: | ---: | ---: | --- |', ...rows.map(printRow)].join('\n');
}

export function printRow(row: Row): string {
  const figure = (value: number | null): string => (value === null ? '' : `${short(value)} ${row.unit}`);
  const ratio = row.theirs === null ? '' : short(judged(row));
  const met = isMet(row);
  return `| ${row.id} | ${row.what} | ${figure(row.ours)} | ${figure(row.theirs)} | ${ratio} | ${targetText(row)} | ${met === null ? '' : met ? 'yes' : 'NO'} |`;
}

function targetText({ target, theirs, unit }: Row): string {
  if (target === null) return '';
  const of = theirs === null ? ` ${unit}` : '';
  return target.atMost === undefined ? `≥ ${target.atLeast ?? ''}${of}` : `≤ ${target.atMost}${of}`;
}

const short = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

export function toJson(rows: readonly Row[]): string {
  const lines = rows.map((row) => ({
    ...row,
    ratio: row.theirs === null ? null : judged(row),
    met: isMet(row),
  }));
  return JSON.stringify(lines, null, 2);
}
