import { problem } from '../apps/problem.js';
import type { Problem } from '../apps/problem.js';
import { checkSetting } from '../apps/settings.js';
import type { SettingName, SettingTexts } from '../apps/settings.js';
import { closest } from './closest.js';
import { entriesUnder } from './label-entries.js';
import type { Entry } from './label-entries.js';
import { readUrl } from './label-url.js';
import { ALIASES, LABELS, OTHER_TOOLS, RETENTION_LONG_FORM } from './label-table.js';

/** Of these nothing is repeated in a message: people put secrets into them by mistake. */
const NEVER_ECHOED = new Set(['token-ref', 'url']);

/** Written where the name of a secret belongs. */
const LOOKS_LIKE_A_SECRET =
  /^(?:secret:|env:)?(?:gh[a-z]_|github_pat_|glpat-|xox[a-z]-|sk-|eyJ|[0-9a-f]{24,}$|(?=.*\d)[A-Za-z0-9+/=]{28,}$)/i;

/** What the labels of one container say. */
export interface LabelReading {
  /** Whether there is any label under our prefix. */
  ours: boolean;
  /** `unclear`: there is a label for it, and it is neither yes nor no. */
  enabled: boolean | 'unclear';
  id: string | null;
  instance: string | null;
  /** Canonical texts; only values that were validated. */
  declaration: SettingTexts;
  problems: Problem[];
}

/**
 * Reads the labels of a container. Pure; never throws, whatever the labels hold, and repeats no secret.
 * @param ownNames names by which `backup.url` may call the container itself
 */
export function readLabels(
  labels: Readonly<Record<string, string>>,
  prefix: string,
  ownNames: readonly string[],
): LabelReading {
  const { entries, problems, ours } = entriesUnder(prefix, labels);
  const reading: LabelReading = { ours, enabled: false, id: null, instance: null, declaration: {}, problems };
  const long = entries.filter((entry) => RETENTION_LONG_FORM.test(entry.name));
  for (const entry of entries) if (!long.includes(entry)) readOne(entry, prefix, ownNames, reading);
  declareRetention(long, prefix, reading);
  if (!reading.enabled && problems.some((found) => isLostEnable(found, prefix))) reading.enabled = 'unclear';
  if (reading.declaration.tokenRef === 'none')
    problems.push(problem('token-none', { label: `${prefix}.token-ref`, params: { prefix } }));
  return reading;
}

const isLostEnable = ({ code, label }: Problem, prefix: string): boolean =>
  code === 'label-malformed' && (label ?? '').startsWith(`${prefix}.enable`);

function readOne(entry: Entry, prefix: string, ownNames: readonly string[], reading: LabelReading): void {
  const alias = Object.hasOwn(ALIASES, entry.name) ? ALIASES[entry.name] : undefined;
  if (alias?.hint === true)
    reading.problems.push(
      problem('label-alias', { label: entry.label, params: { usual: `${prefix}.${alias.name}` } }),
    );
  const name = alias?.name ?? entry.name;
  switch (name) {
    case 'enable':
      reading.enabled = readFlag(entry, reading);
      return;
    case 'id':
      readSlug(entry, reading);
      return;
    case 'instance':
      reading.instance = entry.value.slice(0, 100);
      return;
    case 'url':
      declareUrl(entry, ownNames, reading);
      return;
    default:
      readSetting(entry, name, prefix, reading);
  }
}

function readFlag({ label, value }: Entry, reading: LabelReading): boolean | 'unclear' {
  const word = value.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  reading.problems.push(problem('flag-invalid', { label, value }));
  return 'unclear';
}

function readSlug({ label, value }: Entry, reading: LabelReading): void {
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(value)) reading.id = value;
  else reading.problems.push(problem('slug-invalid', { label, value }));
}

function declareUrl({ label, value }: Entry, ownNames: readonly string[], reading: LabelReading): void {
  const url = readUrl(value, ownNames);
  // The single labels say more than the shorthand, whatever their order.
  if (url.ok) reading.declaration = { ...url.value, ...reading.declaration };
  else reading.problems.push(problem(url.code, { label }));
}

function readSetting(entry: Entry, name: string, prefix: string, reading: LabelReading): void {
  const definition = LABELS.find((candidate) => candidate.name === name);
  if (definition?.setting === 'tokenRef' && LOOKS_LIKE_A_SECRET.test(entry.value)) {
    reading.problems.push(problem('token-in-label', { label: entry.label, params: { prefix } }));
    return;
  }
  if (definition?.setting !== undefined) {
    declare(definition.setting, entry, reading, name);
    return;
  }
  const code = OTHER_TOOLS.includes(name) ? 'label-other-tool' : 'label-unknown';
  const near = closest(name, [...LABELS.map((candidate) => candidate.name), ...Object.keys(ALIASES)]);
  const suggestion = near === null ? '' : `: ${prefix}.${near}?`;
  reading.problems.push(problem(code, { label: entry.label, params: { suggestion } }));
}

function declare(
  setting: SettingName,
  { label, value }: Pick<Entry, 'label' | 'value'>,
  reading: LabelReading,
  name = '',
): void {
  const result = checkSetting(setting, value);
  if (result.ok) reading.declaration[setting] = result.value;
  else reading.problems.push(problem(result.code, NEVER_ECHOED.has(name) ? { label } : { label, value }));
}

/** The long form wins over the same key of the short one. */
function declareRetention(long: readonly Entry[], prefix: string, reading: LabelReading): void {
  const parts: string[] = [];
  for (const { label, name, value } of long) {
    if (/^\d{1,4}$/.test(value)) parts.push(`${name.slice('retention.'.length)}=${value}`);
    else reading.problems.push(problem('retention-invalid', { label, value }));
  }
  if (parts.length === 0) return;
  const named = new Set(parts.map((part) => part.split('=')[0]));
  const short = (reading.declaration.retention ?? '').split(',');
  const rest = short.filter((part) => part !== '' && !named.has(part.split('=')[0]));
  declare('retention', { label: `${prefix}.retention`, value: [...rest, ...parts].join(',') }, reading);
}
