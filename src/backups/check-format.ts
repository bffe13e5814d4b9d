interface Magic {
  formats: readonly string[];
  offset: number;
  bytes: Buffer;
}

const magic = (formats: string[], offset: number, bytes: Buffer | string): Magic => ({
  formats,
  offset,
  bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
});

/** How exports of well-known formats begin. */
const MAGICS: readonly Magic[] = [
  magic(['gz', 'gzip', 'tgz', 'tar.gz', 'sql.gz', 'json.gz'], 0, Buffer.from([0x1f, 0x8b])),
  magic(['zst', 'zstd', 'tar.zst', 'sql.zst'], 0, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])),
  magic(['zip'], 0, 'PK'),
  magic(['xz', 'tar.xz'], 0, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])),
  magic(['bz2', 'tar.bz2'], 0, 'BZh'),
  magic(['tar'], 257, 'ustar'),
  magic(['pg-custom', 'pgdump', 'custom'], 0, 'PGDMP'),
  magic(['sqlite', 'sqlite3'], 0, 'SQLite format 3\0'),
];

/** How many bytes from the beginning `formatContradicts` looks at. */
export const HEAD_BYTES = 512;

/** Whether an export that calls itself `format` begins otherwise; false when the format has no known beginning. Pure. */
export function formatContradicts(format: string, head: Buffer): boolean {
  const wanted = format.toLowerCase().replace(/^(application|text)\/(x-)?/, '');
  const known = MAGICS.find(({ formats }) => formats.includes(wanted));
  if (known === undefined || head.length === 0) return false;
  return !head.subarray(known.offset, known.offset + known.bytes.length).equals(known.bytes);
}
