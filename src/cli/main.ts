#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf } from '../core/failure.js';
import { labelDocs } from '../discovery/label-docs.js';
import { labelSchema } from '../discovery/label-schema.js';
import { environment } from '../config/environment.js';
import { lintCompose } from './lint-compose.js';
import type { Finding } from './lint-compose.js';
import { runContractTest } from './run-contract-test.js';

const HELP = `Usage:
  backup-orchestrator lint FILE… [--format text|json] [--lang en|es] [--prefix backup] [--network backups_net]
      Checks the labels of compose files (- = standard input). Ends with 1 when there is an error.
  backup-orchestrator labels [--lang en|es] [--format text|json]
      Prints the table of labels, or their JSON schema.
  backup-orchestrator contract-test URL [--token-env NAME | --token-stdin] [--timeout 60] [--format text|json] [--lang en|es]
      Tries an app against the HTTP contract. The token comes from a variable (BACKUP_TOKEN) or from standard input.
      Asks for a real export and stores nothing. Ends with 1 when there is an error.
`;

const OPTIONS = {
  format: { type: 'string', default: 'text' },
  lang: { type: 'string', default: 'en' },
  prefix: { type: 'string', default: 'backup' },
  network: { type: 'string', default: 'backups_net' },
  'token-env': { type: 'string' },
  'token-stdin': { type: 'boolean', default: false },
  timeout: { type: 'string', default: '60' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = Record<'format' | 'lang' | 'prefix' | 'network', string>;

function lint(files: readonly string[], values: Values): number {
  if (files.length === 0) throw new Error('name a compose file, or - for standard input');
  const lang = values.lang === 'es' ? 'es' : 'en';
  const found = files.flatMap((file) => {
    const text = readFileSync(file === '-' ? 0 : file, 'utf8');
    try {
      return lintCompose(text, { prefix: values.prefix, network: values.network, lang }).map((finding) => ({
        file,
        ...finding,
      }));
    } catch (error) {
      throw new Error(`${file}: ${messageOf(error)}`, { cause: error });
    }
  });
  process.stdout.write(
    values.format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : found.map(lineOf).join(''),
  );
  return found.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function lineOf({ file, service, severity, label, message, fix }: Finding & { file: string }): string {
  return `${file}: ${service}: ${severity}: ${label === null ? '' : `${label}: `}${message} ${fix}\n`;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  if (command === 'lint') return lint(rest, values);
  if (command === 'labels') {
    process.stdout.write(
      values.format === 'json'
        ? `${JSON.stringify(labelSchema(), null, 2)}\n`
        : labelDocs(values.lang === 'es' ? 'es' : 'en'),
    );
    return 0;
  }
  if (command === 'contract-test') {
    const { format, timeout, 'token-env': tokenEnv, 'token-stdin': tokenStdin } = values;
    const lang = values.lang === 'es' ? 'es' : 'en';
    if (rest.length > 1) throw new Error('one address at a time; a token never belongs into the arguments');
    return runContractTest({ url: rest[0], format, lang, tokenEnv, tokenStdin, timeout }, environment());
  }
  throw new Error(`there is no command ${command}\n${HELP}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 2;
}
