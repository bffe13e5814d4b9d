import { parseBlackout, printBlackout } from './blackout.js';
import { parseFrequency, printFrequency } from './frequency.js';
import { parsed, refused } from './problem.js';
import type { Parsed, ProblemCode } from './problem.js';
import { parseRetention, printRetention } from './retention-policy.js';

/** Where the token for an app comes from. Never the token itself. */
export type TokenRef = { from: 'env'; name: string } | { from: 'secret'; name: string } | { from: 'none' };

/** Control characters, and those that turn the direction of the text around them. */
const MISLEADING = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** A destination as a label names it; `folder` null = the app's own. */
export interface DestinationRef {
  name: string;
  folder: string | null;
}

interface SettingKind<T> {
  parse(raw: string): Parsed<T>;
  print(value: T): string;
}

const kind = <T>(
  parse: (raw: string) => Parsed<T>,
  print: (value: T) => string = String,
): SettingKind<T> => ({ parse, print });

const matching = (pattern: RegExp, code: ProblemCode, clean = (raw: string) => raw): SettingKind<string> =>
  kind((raw) => (pattern.test(clean(raw)) ? parsed(clean(raw)) : refused(code)));

const oneOf = <T extends string>(values: readonly T[], code: ProblemCode): SettingKind<T> =>
  kind((raw) => {
    const found = values.find((value) => value === raw.toLowerCase());
    return found === undefined ? refused(code) : parsed(found);
  });

const wholeNumber = (min: number, max: number, code: ProblemCode): SettingKind<number> =>
  kind((raw) =>
    /^\d{1,9}$/.test(raw) && Number(raw) >= min && Number(raw) <= max ? parsed(Number(raw)) : refused(code),
  );

const withUnit = (
  pattern: RegExp,
  units: Record<string, number>,
  code: ProblemCode,
  base: string,
): SettingKind<number> =>
  kind(
    (raw) => {
      const match = pattern.exec(raw.toLowerCase());
      const factor = units[match?.[2] ?? base];
      const value = Number(match?.[1]) * (factor ?? Number.NaN);
      return Number.isSafeInteger(value) && value > 0 ? parsed(value) : refused(code);
    },
    (value) => {
      const best = Object.entries(units).reduce((a, b) => (value % b[1] === 0 && b[1] >= a[1] ? b : a));
      return `${value / best[1]}${best[0]}`;
    },
  );

const SIZE_UNITS = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 };

const PATH = /^$|^(\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+\/?$/;
const FOLDER_PART = /^(?!\.{1,2}$)[A-Za-z0-9._][A-Za-z0-9._ -]*$/;

function parseTokenRef(raw: string): Parsed<TokenRef> {
  if (raw.toLowerCase() === 'none') return parsed({ from: 'none' });
  const env = /^env:([A-Za-z_][A-Za-z0-9_]{0,127})$/.exec(raw)?.[1];
  if (env !== undefined) return parsed({ from: 'env', name: env });
  const secret = /^secret:([a-z0-9][a-z0-9._-]{0,63})$/.exec(raw)?.[1];
  return secret === undefined ? refused('token-ref-invalid') : parsed({ from: 'secret', name: secret });
}

function parseDestinations(raw: string): Parsed<DestinationRef[]> {
  const refs: DestinationRef[] = [];
  for (const part of raw.split(',').map((entry) => entry.trim())) {
    const [name = '', ...rest] = part.split(':');
    const folder = rest.length === 0 ? null : rest.join(':').replace(/^\/+|\/+$/g, '');
    const folderIsPlain =
      folder === null || folder === '' || folder.split('/').every((piece) => FOLDER_PART.test(piece));
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name) || !folderIsPlain)
      return refused('destinations-invalid');
    refs.push({ name, folder: folder === '' ? null : folder });
  }
  const unique = new Set(refs.map((ref) => ref.name));
  return unique.size === refs.length ? parsed(refs) : refused('destinations-invalid');
}

/** Asking takes 0.1 ms, and every app is asked for. There are some 600 names. */
const timezones = new Set<string>();

function isTimezone(name: string): boolean {
  if (timezones.has(name)) return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // Upper and lower case are all the same: not every spelling is kept.
    if (timezones.size < 1000) timezones.add(name);
    return true;
  } catch {
    return false;
  }
}

/** Every setting of an app: how its text is read and written. Labels, overrides and the API all go through this table. */
export const SETTINGS = {
  name: kind((raw) =>
    raw.length > 0 && raw.length <= 100 && !MISLEADING.test(raw) ? parsed(raw) : refused('name-invalid'),
  ),
  network: matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'network-name-invalid'),
  port: wholeNumber(1, 65_535, 'port-invalid'),
  scheme: oneOf(['http', 'https'] as const, 'scheme-invalid'),
  path: matching(PATH, 'path-invalid', (raw) => raw.replace(/\/+$/, '')),
  tokenRef: kind(parseTokenRef, (ref) => (ref.from === 'none' ? 'none' : `${ref.from}:${ref.name}`)),
  frequency: kind(parseFrequency, printFrequency),
  timezone: kind((raw) => (isTimezone(raw) ? parsed(raw) : refused('timezone-invalid'))),
  retention: kind(parseRetention, printRetention),
  destinations: kind(parseDestinations, (refs) =>
    refs.map((ref) => (ref.folder === null ? ref.name : `${ref.name}:${ref.folder}`)).join(','),
  ),
  driveFolderId: matching(/^[A-Za-z0-9_-]{10,100}$/, 'drive-folder-invalid'),
  timeoutMs: withUnit(
    /^(\d{1,7})(s|m|h|d)?$/,
    { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 },
    'duration-invalid',
    's',
  ),
  maxSizeBytes: withUnit(/^(\d{1,9})(kb|mb|gb|tb)?$/, SIZE_UNITS, 'size-invalid', 'mb'),
  minSizeBytes: withUnit(/^(\d{1,9})(b|kb|mb|gb|tb)?$/, { b: 1, ...SIZE_UNITS }, 'size-invalid', 'mb'),
  blackout: kind(parseBlackout, printBlackout),
  sizeChangePercent: wholeNumber(1, 100, 'percent-invalid'),
  replicas: oneOf(['first', 'all'] as const, 'replicas-invalid'),
  notify: matching(/^[a-z0-9-]+(,[a-z0-9-]+)*$/, 'notify-invalid', (raw) =>
    raw.toLowerCase().replace(/\s*,\s*/g, ','),
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<K extends SettingName> =
  (typeof SETTINGS)[K] extends SettingKind<infer T> ? T : never;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
export const isSettingName = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name);

/** Settings as their canonical texts: how declarations and overrides are stored. */
export type SettingTexts = Partial<Record<SettingName, string>>;

/** Reads one setting; the value comes back in its canonical text. */
export function checkSetting(name: SettingName, raw: string): Parsed<string> {
  const setting = SETTINGS[name] as SettingKind<unknown>;
  const result = setting.parse(raw.trim());
  return result.ok ? parsed(setting.print(result.value)) : result;
}
