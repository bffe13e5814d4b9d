import { problem } from '../apps/problem.js';
import type { Problem } from '../apps/problem.js';
import { checkSetting } from '../apps/settings.js';
import type { SettingName, SettingTexts } from '../apps/settings.js';
import { closest } from './closest.js';
import { readUrl } from './label-url.js';
import { ALIASES, LABELS, OTHER_TOOLS, RETENTION_LONG_FORM } from './label-table.js';

const LONGEST_VALUE = 4096;
const SECRET_NAME = /(^|[.-])(token|password|passwd|pass|secret|api-?key|credentials?|auth)$/;
/** Of these nothing is repeated in a message: people put secrets into them by mistake. */
const NEVER_ECHOED = new Set(['token-ref', 'url']);

/** What the labels of one container say. */
export interface LabelReading {
  /** Whether there is any label under our prefix. */
  ours: boolean;
  enabled: boolean;
  id: string | null;
  instance: string | null;
  /** Canonical texts; only values that were validated. */
  declaration: SettingTexts;
  problems: Problem[];
}

interface Entry {
  /** The whole label. */
  label: string;
  /** Below the prefix. */
  name: string;
  value: string;
}

/**
 * Reads the labels of a container. Pure; never throws, whatever the labels hold.
 * @param ownNames names by which `backup.url` may call the container itself
 */
export function readLabels(
  labels: Readonly<Record<string, string>>,
  prefix: string,
  ownNames: readonly string[],
): LabelReading {
  const reading: LabelReading = {
    ours: false,
    enabled: false,
    id: null,
    instance: null,
    declaration: {},
    problems: [],
  };
  const retention: string[] = [];
  for (const entry of entriesUnder(prefix, labels, reading)) {
    if (RETENTION_LONG_FORM.test(entry.name))
      retention.push(`${entry.name.slice('retention.'.length)}=${entry.value}`);
    else readOne(entry, prefix, ownNames, reading);
  }
  if (retention.length > 0)
    declare(
      'retention',
      mergeRetention(reading.declaration.retention, retention),
      `${prefix}.retention`,
      reading,
    );
  if (reading.declaration.tokenRef === 'none')
    reading.problems.push(problem('token-none', { label: `${prefix}.token-ref`, params: { prefix } }));
  return reading;
}

/** Labels under the prefix with their values cleaned; what cannot be read becomes a problem. */
function entriesUnder(
  prefix: string,
  labels: Readonly<Record<string, string>>,
  reading: LabelReading,
): Entry[] {
  const entries: Entry[] = [];
  for (const [label, raw] of Object.entries(labels)) {
    if (!label.toLowerCase().startsWith(`${prefix}.`)) continue;
    reading.ours = true;
    const name = label.slice(prefix.length + 1);
    if (!label.startsWith(`${prefix}.`) || name !== name.toLowerCase()) {
      reading.problems.push(
        problem('label-unknown', { label: label.slice(0, 80), params: suggestion(label.toLowerCase()) }),
      );
      continue;
    }
    const value = cleaned(raw, label, name, reading);
    if (value !== null) entries.push({ label, name, value });
  }
  return entries;
}

function cleaned(raw: string, label: string, name: string, reading: LabelReading): string | null {
  if (SECRET_NAME.test(name)) {
    reading.problems.push(problem('token-in-label', { label: label.slice(0, 80) }));
    return null;
  }
  if (raw.length > LONGEST_VALUE) {
    reading.problems.push(problem('value-too-long', { label: label.slice(0, 80) }));
    return null;
  }
  const trimmed = raw.trim();
  const quoted = /^(["'])(.*)\1$/s.exec(trimmed)?.[2];
  if (quoted === undefined) return trimmed === '' ? null : trimmed;
  reading.problems.push(problem('quotes-stripped', { label }));
  return quoted.trim() === '' ? null : quoted.trim();
}

function readOne(entry: Entry, prefix: string, ownNames: readonly string[], reading: LabelReading): void {
  const alias = Object.hasOwn(ALIASES, entry.name) ? ALIASES[entry.name] : undefined;
  if (alias?.hint === true)
    reading.problems.push(
      problem('label-alias', { label: entry.label, params: { usual: `${prefix}.${alias.name}` } }),
    );
  const name = alias?.name ?? entry.name;
  switch (name) {
    case 'enable': {
      readEnable(entry, reading);
      return;
    }
    case 'id': {
      readSlug(entry, (id) => (reading.id = id), reading);
      return;
    }
    case 'instance':
      return void (reading.instance = entry.value.slice(0, 100));
    case 'url': {
      declareUrl(entry, ownNames, reading);
      return;
    }
    default: {
      readSetting(entry, name, prefix, reading);
      return;
    }
  }
}

function readEnable({ label, value }: Entry, reading: LabelReading): void {
  const word = value.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) reading.enabled = true;
  else if (!['false', '0', 'no', 'off'].includes(word))
    reading.problems.push(problem('flag-invalid', { label, value }));
}

function readSlug({ label, value }: Entry, take: (slug: string) => void, reading: LabelReading): void {
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(value)) take(value);
  else reading.problems.push(problem('slug-invalid', { label, value }));
}

function declareUrl({ label, value }: Entry, ownNames: readonly string[], reading: LabelReading): void {
  const url = readUrl(value, ownNames);
  if (!url.ok) return void reading.problems.push(problem(url.code, { label }));
  // The single labels say more than the shorthand, whatever their order.
  reading.declaration = { ...url.value, ...reading.declaration };
}

function readSetting(entry: Entry, name: string, prefix: string, reading: LabelReading): void {
  const definition = LABELS.find((candidate) => candidate.name === name);
  if (definition?.setting !== undefined) {
    declare(definition.setting, entry.value, entry.label, reading, name);
    return;
  }
  const code = OTHER_TOOLS.includes(name) ? 'label-other-tool' : 'label-unknown';
  const near = closest(name, [...LABELS.map((candidate) => candidate.name), ...Object.keys(ALIASES)]);
  const params = near === null ? { suggestion: '' } : suggestion(`${prefix}.${near}`);
  reading.problems.push(problem(code, { label: entry.label.slice(0, 80), params }));
}

function declare(setting: SettingName, value: string, label: string, reading: LabelReading, name = ''): void {
  const result = checkSetting(setting, value);
  if (result.ok) reading.declaration[setting] = result.value;
  else reading.problems.push(problem(result.code, NEVER_ECHOED.has(name) ? { label } : { label, value }));
}

const suggestion = (label: string): Record<string, string> => ({ suggestion: `: ${label}?`.slice(0, 100) });

/** The long form wins over the same key of the short one. */
function mergeRetention(short: string | undefined, long: readonly string[]): string {
  const named = new Set(long.map((part) => part.split('=')[0]));
  const rest = (short ?? '').split(',').filter((part) => part !== '' && !named.has(part.split('=')[0]));
  return [...rest, ...long].join(',');
}
