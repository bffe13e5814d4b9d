import { wallClock } from '../core/wall-clock.js';

/** Extensions that an object may get; anything else becomes `dump`. Longest first, so that `tar.gz` wins over `gz`. */
const EXTENSIONS = [
  'tar.gz', 'tar.zst', 'tar.bz2', 'tar.xz', 'sql.gz', 'sql.zst', 'json.gz', 'tgz', 'tar', 'gz', 'zst', 'bz2', 'xz', 'zip', '7z',
  'sql', 'dump', 'pgdump', 'sqlite', 'db', 'rdb', 'bson', 'archive', 'json', 'ndjson', 'csv', 'xml', 'bak', 'age', 'gpg', 'txt',
] as const; // prettier-ignore

/** What apps call their formats, where it is not an extension itself. */
const FORMAT_NAMES: Readonly<Record<string, string>> = {
  gzip: 'gz',
  zstd: 'zst',
  'pg-custom': 'dump',
  custom: 'dump',
  postgres: 'sql',
  postgresql: 'sql',
  mysql: 'sql',
  sqlite3: 'sqlite',
  'tar+gzip': 'tar.gz',
  targz: 'tar.gz',
};

/** The extension for an export: by its format, else by the offered file name, of which nothing else is used. */
export function extensionOf(format: string | undefined, fileName: string | undefined): string {
  const byFormat = format?.toLowerCase().replace(/^\.|^(application|text)\/(x-)?/g, '') ?? '';
  const named = FORMAT_NAMES[byFormat] ?? byFormat;
  const known = EXTENSIONS.find((extension) => extension === named);
  if (known !== undefined) return known;
  const offered = fileName?.toLowerCase() ?? '';
  return EXTENSIONS.find((extension) => offered.endsWith(`.${extension}`)) ?? 'dump';
}

/** `[a-z0-9._-]`, 60 at most. */
export function stemOf(name: string, fallback: string): string {
  const stem = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '')
    .slice(0, 60);
  return stem === '' ? fallback : stem;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `name_20261124_0826.ext`, in the agent's time zone; the nth of a minute gets `_n`. */
export function objectName(stem: string, at: Date, timezone: string, extension: string, nth: number): string {
  const { year, month, day, hour, minute } = wallClock(at, timezone);
  const stamp = `${year}${two(month)}${two(day)}_${two(hour)}${two(minute)}`;
  return `${stem}_${stamp}${nth === 1 ? '' : `_${nth}`}.${extension}`;
}

export const partialOf = (key: string): string => `${key}.partial`;
export const manifestOf = (key: string): string => `${key}.manifest.json`;
export const folderOf = (key: string): string => key.split('/').slice(0, -1).join('/');
export const MARKER_NAME = '.backup-orchestrator.json';
export const markerIn = (folder: string): string => `${folder}/${MARKER_NAME}`;

/** What a backup is recorded as: what the app called it, else the extension that it got. */
export function formatOf(declared: { format?: string; fileName?: string }): string {
  return declared.format ?? extensionOf(undefined, declared.fileName);
}
