import { text } from 'node:stream/consumers';
import type { Check } from '../core/checklist.js';
import { SystemClock } from '../core/clock.js';
import { FAILURE_TEXTS } from '../core/failure-texts.js';
import { rememberSecret } from '../core/redact.js';
import { contractTest } from './contract-test.js';
import { CONTRACT_CHECKS } from './contract-texts.js';
import type { ContractCheck, Lang } from './contract-texts.js';

export interface ContractOptions {
  url: string | undefined;
  format: string;
  lang: Lang;
  /** Name of the variable that holds the token. */
  tokenEnv: string | undefined;
  /** The token is the first line of standard input. */
  tokenStdin: boolean;
  /** Longest silence, in seconds. */
  timeout: string;
}

const MOST_BYTES = 1024 ** 3;
const MARKS: Record<Check['outcome'], string> = { ok: '✓', warning: '!', failed: '✗', skipped: '-' };

/** @returns the exit code: 1 when a check failed @throws Error when it was called wrongly */
export async function runContractTest(
  options: ContractOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const url = plainUrl(options.url);
  const token = await tokenOf(options, environment);
  rememberSecret(token);
  const seconds = Number(options.timeout);
  if (!(seconds > 0)) throw new Error('--timeout is a number of seconds');
  const order = { url, token, lang: options.lang, idleMs: seconds * 1000, mostBytes: MOST_BYTES };
  const checks = await contractTest(order, new SystemClock(), new AbortController().signal);
  process.stdout.write(
    options.format === 'json'
      ? `${JSON.stringify(
          checks.map((check) => asJson(check, options.lang)),
          null,
          2,
        )}\n`
      : checks.map((check) => asText(check, options.lang)).join(''),
  );
  return checks.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

function plainUrl(given: string | undefined): string {
  const url = given === undefined || !URL.canParse(given) ? null : new URL(given);
  if (given === undefined || url === null || !/^https?:$/.test(url.protocol))
    throw new Error('name the address of the app, for example http://localhost:8080');
  if (url.username !== '' || url.password !== '' || url.search !== '')
    throw new Error('the address must be plain: no user, password or query in it');
  return given.replace(/\/+$/, '');
}

/** Never from the arguments: every user of the machine can read those. */
async function tokenOf(
  { tokenEnv, tokenStdin }: ContractOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  if (tokenStdin) return (await text(process.stdin)).split(/\r?\n/)[0] ?? null;
  const token = environment[tokenEnv ?? 'BACKUP_TOKEN'];
  if (token !== undefined && token !== '') return token;
  if (tokenEnv !== undefined) throw new Error(`the variable ${tokenEnv} is not set`);
  return null;
}

function asJson({ name, outcome, tookMs, detail, failure }: Check<ContractCheck>, lang: Lang): object {
  const error =
    failure === null ? null : { code: failure.code, message: FAILURE_TEXTS[failure.code][lang].says };
  return { check: name, title: CONTRACT_CHECKS[name][lang], outcome, took_ms: tookMs, detail, error };
}

function asText({ name, outcome, tookMs, detail, failure }: Check<ContractCheck>, lang: Lang): string {
  const words = failure === null ? null : FAILURE_TEXTS[failure.code][lang];
  const lines = [
    ...(words === null ? [] : [`${words.says} ${words.hint}`]),
    ...(detail === '' ? [] : [detail]),
  ];
  const took = outcome === 'skipped' ? '' : ` (${tookMs} ms)`;
  return `${MARKS[outcome]} ${CONTRACT_CHECKS[name][lang]}${took}\n${lines.map((line) => `    ${line}\n`).join('')}`;
}
