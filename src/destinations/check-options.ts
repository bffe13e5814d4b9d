import { DestinationRefusal } from './destination-refusal.js';
import { checkFolder } from './object-key.js';
import type { Provider, ProviderOption } from './rclone-config.js';

/** Runs a program, reads a file of the agent, or sends traffic elsewhere: CVE-2026-41179 came in through the first. */
const FORBIDDEN =
  /command|^ssh$|proxy|_file(?:_path)?$|^set_env$|^ask_password$|^key_use_agent$|^unix_socket$|^profile$|^tls_(?:cert|key|ca)|^client_certificate_path$|^description$|^config_/;
/** File names that only look like files of the agent. */
const HARMLESS = new Set(['one_file_system', 'shared_files', 'expose_onenote_files', 'key_file_pass']);
/** Their values are remotes. */
const REMOTE_OPTIONS = new Set(['remote', 'remotes', 'upstreams']);
const JSON_OPTIONS = new Set(['token', 'service_account_credentials']);
/** Backends that only wrap folders of this machine or other remotes by text, or keep nothing. */
const REFUSED_TYPES = new Set(['local', 'memory', 'cache', 'http', 'alias', 'internetarchive']);
const HOST = /^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]{0,252}[\p{L}\p{N}_.])?|\[?[0-9a-f:.]{2,45}\]?)$/iu;
const CONTROL = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const VALUE_MAX_CHARS = 20_000;
const SECRET_NAME =
  /pass|secret|token|key_pem|credentials|sas_url|api_key|^key$|^account_key$|private|cookie|^headers$|user_agent_secret/;

export type Options = Readonly<Record<string, string>>;

export function isOffered(provider: Provider): boolean {
  return !REFUSED_TYPES.has(provider.Name);
}

export function isForbidden(option: string): boolean {
  return FORBIDDEN.test(option) && !HARMLESS.has(option);
}

/** Whether a value is never shown again. */
export function isSecret(option: Pick<ProviderOption, 'Name' | 'IsPassword' | 'Sensitive'>): boolean {
  return option.IsPassword || option.Sensitive === true || SECRET_NAME.test(option.Name);
}

/**
 * The options as they may be given to rclone: each one is known to the backend, harmless, and has a value that stays
 * on its line of rclone.conf.
 * @param remotes names that a wrapping backend (crypt, union …) may refer to
 * @throws DestinationRefusal that names the option
 */
export function checkOptions(
  provider: Provider,
  given: Options,
  remotes: readonly string[],
): Record<string, string> {
  const known = new Map(provider.Options.map((option) => [option.Name, option]));
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (isForbidden(name)) throw new DestinationRefusal('option-forbidden', name.slice(0, 60));
    if (!known.has(name)) throw new DestinationRefusal('option-unknown', printable(name));
    if (value !== '') checked[name] = checkValue(name, value, remotes);
  }
  return checked;
}

/** @throws DestinationRefusal value-invalid */
export function checkValue(name: string, value: string, remotes: readonly string[]): string {
  const refuse = (why: string): never => {
    throw new DestinationRefusal('value-invalid', printable(name), why);
  };
  if (value.length > VALUE_MAX_CHARS) refuse('it is too long');
  if (name === 'key_pem') return pemOnOneLine(value) ?? refuse('it is not a private key in PEM form');
  if (JSON_OPTIONS.has(name)) return jsonOnOneLine(value) ?? refuse('it is not JSON');
  if (CONTROL.test(value)) refuse('it has a control character');
  if (value !== value.trim() && !/pass/.test(name)) refuse('it begins or ends with a blank');
  if (REMOTE_OPTIONS.has(name)) checkRemotes(value, remotes, refuse);
  if (/(?:^|_)url$/.test(name)) checkUrl(value, refuse);
  const form = FORMS[name];
  if (form !== undefined && !form.pattern.test(value)) refuse(form.otherwise);
  return value;
}

const FORMS: Readonly<Record<string, { pattern: RegExp; otherwise: string }>> = {
  host: { pattern: HOST, otherwise: 'it is not a host name or address' },
  user: { pattern: /^[^-]/, otherwise: 'it begins with a dash' },
  port: {
    pattern: /^(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/,
    otherwise: 'it is not a port',
  },
};

/** Every remote that a wrapping backend names must be one of ours, and stay below it. */
function checkRemotes(value: string, remotes: readonly string[], refuse: (why: string) => never): void {
  for (const part of value.split(' ').filter((text) => text !== '')) {
    const [, name = '', path = ''] = /^(?:[\w-]+=)?([^:,=]+):(.*)$/.exec(part) ?? [];
    if (!remotes.includes(name)) refuse('it names no remote of this agent');
    try {
      checkFolder(path.replace(/:(?:ro|nc|writeback)$/, ''));
    } catch {
      refuse('the path of a remote is not plain');
    }
  }
}

function checkUrl(value: string, refuse: (why: string) => never): void {
  const url = URL.canParse(value) ? new URL(value) : refuse('it is not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('it is not http or https');
  if (url.username !== '' || url.password !== '') refuse('it holds a user or password');
}

/** rclone reads `\n` in key_pem as a line end. */
function pemOnOneLine(value: string): string | null {
  const lines = value
    .replaceAll('\\n', '\n')
    .replaceAll('\r', '')
    .trim()
    .split('\n')
    .map((line) => line.trim());
  const isPem =
    /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----$/.test(lines[0] ?? '') &&
    /^-----END [A-Z0-9 ]*PRIVATE KEY-----$/.test(lines.at(-1) ?? '');
  return isPem && !lines.some((line) => CONTROL.test(line)) ? lines.join('\\n') : null;
}

function jsonOnOneLine(value: string): string | null {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null ? JSON.stringify(parsed) : null;
  } catch {
    return null;
  }
}

function printable(text: string): string {
  return text.replace(/[^\w.-]/g, '?').slice(0, 60);
}
