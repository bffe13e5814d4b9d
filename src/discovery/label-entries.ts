import { problem } from '../apps/problem.js';
import type { Problem } from '../apps/problem.js';
import { closest } from './closest.js';
import { ALIASES, LABELS, RETENTION_LONG_FORM } from './label-table.js';

const LONGEST_VALUE_BYTES = 4096;
const MOST_LABELS = 64;
const LONGEST_NAME = 80;
/** Names of labels that would hold a secret: their values are neither read nor repeated. */
const SECRET_NAME =
  /token|passw|passphrase|pwd|secret|api[-_.]?key|private[-_.]?key|credential|(^|[-_.])auth($|[-_.])/;

/** One label under the prefix with a value that can be read. */
export interface Entry {
  /** The whole label, as it may be shown. */
  label: string;
  /** Below the prefix. */
  name: string;
  value: string;
}

interface Entries {
  entries: Entry[];
  problems: Problem[];
  /** Whether there is any label under the prefix. */
  ours: boolean;
}

/** Labels under the prefix with their values cleaned; what cannot be read becomes a problem. Pure. */
export function entriesUnder(prefix: string, labels: Readonly<Record<string, string>>): Entries {
  const own = Object.entries(labels).filter(([label]) => label.toLowerCase().startsWith(`${prefix}.`));
  // A defined order, whatever the engine's; those that we know first, so that no flood of others hides them.
  const rank = (label: string): number => (isKnown(label.slice(prefix.length + 1)) ? 0 : 1);
  const sorted = own.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const problems: Problem[] = [];
  const entries = sorted
    .slice(0, MOST_LABELS)
    .flatMap(([label, raw]) => entryOf(prefix, label, raw, problems) ?? []);
  if (own.length > MOST_LABELS)
    problems.push(
      problem('labels-too-many', {
        params: { count: String(own.length), most: String(MOST_LABELS), prefix },
      }),
    );
  return { entries, problems, ours: own.length > 0 };
}

const KNOWN = new Set([...LABELS.map(({ name }) => name), ...Object.keys(ALIASES)]);
const isKnown = (name: string): boolean => KNOWN.has(name) || RETENTION_LONG_FORM.test(name);

function entryOf(prefix: string, label: string, raw: string, problems: Problem[]): Entry | null {
  const shown = shownName(label);
  const name = label.slice(prefix.length + 1);
  const complain = (...[code, about]: Parameters<typeof problem>): null => {
    problems.push(problem(code, { label: shown, ...about }));
    return null;
  };
  if (isSecret(name)) return complain('token-in-label', { params: { prefix } });
  // In a list of compose, `- "name: value"` is a name with a colon and no value.
  if (/[:=\s]/.test(name)) return complain('label-malformed');
  if (label !== label.toLowerCase())
    return complain('label-unknown', { params: { suggestion: `: ${shownName(label.toLowerCase())}?` } });
  if (Buffer.byteLength(raw) > LONGEST_VALUE_BYTES) return complain('value-too-long');
  const trimmed = raw.trim();
  const quoted = /^(["'])(.*)\1$/s.exec(trimmed)?.[2];
  if (quoted !== undefined) complain('quotes-stripped');
  const value = (quoted ?? trimmed).trim();
  return value === '' ? null : { label: shown, name, value };
}

function isSecret(name: string): boolean {
  const plain = (/^[^:=\s]*/.exec(name)?.[0] ?? '').toLowerCase();
  return plain !== 'token-ref' && SECRET_NAME.test(plain) && closest(plain, ['token-ref']) === null;
}

/** A name is text of somebody else's: what is not of a name is cut off, with whatever comes after it. */
function shownName(label: string): string {
  const plain = /^[A-Za-z0-9._/-]*/.exec(label)?.[0] ?? '';
  return plain.length === label.length && label.length <= LONGEST_NAME
    ? label
    : `${plain.slice(0, LONGEST_NAME)}…`;
}
