import { parseDocument } from 'yaml';
import { describeProblem, problem, severityOf } from '../apps/problem.js';
import type { Problem } from '../apps/problem.js';
import { readLabels } from '../discovery/labels.js';

/** One thing found in a compose file. */
export interface Finding {
  service: string;
  severity: 'error' | 'warning' | 'hint';
  code: string;
  label: string | null;
  message: string;
  fix: string;
}

export interface LintOptions {
  prefix: string;
  network: string;
  lang: 'en' | 'es';
}

type Map = Record<string, unknown>;
const isMap = (value: unknown): value is Map =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks the labels of a compose file as discovery would, without an engine.
 * @throws Error when the text is not a compose file
 */
export function lintCompose(text: string, options: LintOptions): Finding[] {
  const document = parseDocument(text, { merge: true });
  if (document.errors.length > 0) throw new Error(`not YAML: ${document.errors[0]?.message ?? ''}`);
  const file: unknown = document.toJS({ maxAliasCount: 1000 });
  if (!isMap(file) || !isMap(file['services'])) throw new Error('there is no "services" in it');
  const networks = isMap(file['networks']) ? file['networks'] : {};
  return Object.entries(file['services']).flatMap(([name, service]) =>
    isMap(service) ? lintService(name, service, networks, options) : [],
  );
}

function lintService(name: string, service: Map, networks: Map, options: LintOptions): Finding[] {
  const labels = pairsOf(service['labels']);
  const container = typeof service['container_name'] === 'string' ? service['container_name'] : name;
  const reading = readLabels(labels, options.prefix, [name, container]);
  const problems: Problem[] = [...reading.problems];
  if (!reading.ours) return deployHint(name, service, options);
  if (reading.enabled) {
    problems.push(...networkProblems(service, networks, reading.declaration.network ?? options.network));
    problems.push(...portProblems(service, reading.declaration.port, options.prefix));
    problems.push(
      ...tokenProblems(service, reading.declaration.tokenRef ?? 'env:BACKUP_TOKEN', options.prefix),
    );
  }
  return problems.map((found) => findingOf(name, found, options));
}

/** Compose writes both as a map or as a list of `KEY=value`. */
function pairsOf(value: unknown): Record<string, string> {
  if (Array.isArray(value)) {
    return Object.fromEntries(
      value.map((entry) => [String(entry).split('=')[0] ?? '', String(entry).split('=').slice(1).join('=')]),
    );
  }
  if (!isMap(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean' ? String(item) : '',
    ]),
  );
}

/** Labels below `deploy` reach the service, never its containers. */
function deployHint(name: string, service: Map, options: LintOptions): Finding[] {
  const deployed = isMap(service['deploy']) ? pairsOf(service['deploy']['labels']) : {};
  const ours = Object.keys(deployed).find((label) => label.startsWith(`${options.prefix}.`));
  return ours === undefined ? [] : [findingOf(name, problem('labels-on-service', { label: ours }), options)];
}

function networkProblems(service: Map, networks: Map, wanted: string): Problem[] {
  const mode = service['network_mode'];
  if (typeof mode === 'string')
    return [problem('network-mode-unsupported', { params: { mode, network: wanted } })];
  const listed = service['networks'];
  const names = Array.isArray(listed)
    ? listed.map(String)
    : isMap(listed)
      ? Object.keys(listed)
      : ['default'];
  const real = names.map((name) => realName(name, networks[name]));
  return real.includes(wanted)
    ? []
    : [problem('network-not-attached', { params: { network: wanted, attached: real.join(', ') } })];
}

/** Compose puts the project's name before a network's, unless it is external or has a `name`. */
function realName(name: string, definition: unknown): string {
  if (!isMap(definition)) return `(project)_${name}`;
  if (typeof definition['name'] === 'string') return definition['name'];
  return definition['external'] === undefined || definition['external'] === false
    ? `(project)_${name}`
    : name;
}

function portProblems(service: Map, declared: string | undefined, prefix: string): Problem[] {
  const exposed = Array.isArray(service['expose']) ? service['expose'].map(String) : [];
  if (declared !== undefined || exposed.length < 2) return [];
  return [problem('port-ambiguous', { params: { ports: exposed.join(', '), prefix } })];
}

function tokenProblems(service: Map, ref: string, prefix: string): Problem[] {
  const variable = /^env:(.+)$/.exec(ref)?.[1];
  const isElsewhere = service['env_file'] !== undefined || isMap(service['extends']);
  if (variable === undefined || isElsewhere || variable in pairsOf(service['environment'])) return [];
  return [problem('token-variable-missing', { label: `${prefix}.token-ref`, params: { variable, prefix } })];
}

function findingOf(service: string, found: Problem, { prefix, lang }: LintOptions): Finding {
  const severity = severityOf(found.code);
  const { says, fix } = describeProblem({ ...found, params: { prefix, ...found.params } }, lang);
  return {
    service,
    severity: severity === 'suspend' ? 'error' : severity,
    code: found.code,
    label: found.label,
    message: says,
    fix,
  };
}
