import type { Problem, ProblemCode } from '../../apps/problem.js';
import type { SeenContainer } from '../../discovery/seen-container.js';

type Lines = (found: Problem, prefix: string, network: string) => string[];

const label = (prefix: string, name: string, value: string): string[] => [
  'labels:',
  `  ${prefix}.${name}: "${value}"`,
];
const onNetwork = (network: string): string[] => [`networks: [default, ${network}]`];
const token = (prefix: string): string[] => [
  'environment:',
  '  BACKUP_TOKEN: ${MY_APP_BACKUP_TOKEN}',
  ...label(prefix, 'token-ref', 'env:BACKUP_TOKEN'),
];

/** The compose lines that would put a problem right, where a line can. */
const REPAIRS: Partial<Record<ProblemCode, Lines>> = {
  'network-not-attached': (_found, _prefix, network) => onNetwork(network),
  'network-mode-unsupported': (_found, _prefix, network) => onNetwork(network),
  'port-ambiguous': ({ params }, prefix) => label(prefix, 'port', params['ports']?.split(', ')[0] ?? '8080'),
  'port-missing': (_found, prefix) => label(prefix, 'port', '8080'),
  'token-in-label': (_found, prefix) => token(prefix),
  'token-none': (_found, prefix) => token(prefix),
  'frequency-invalid': (_found, prefix) => label(prefix, 'frequency', 'daily@03:00'),
  'retention-invalid': (_found, prefix) => label(prefix, 'retention', 'daily=7,weekly=4,monthly=6'),
  'identity-conflict': (_found, prefix) => label(prefix, 'id', 'a-name-of-its-own'),
  'flag-invalid': (_found, prefix) => label(prefix, 'enable', 'true'),
  'label-alias': ({ params }) =>
    params['usual'] === undefined ? [] : ['labels:', `  ${params['usual']}: …`],
  'label-unknown': ({ params }) => {
    const meant = /^: (.+)\?$/.exec(params['suggestion'] ?? '')?.[1];
    return meant === undefined ? [] : ['labels:', `  ${meant}: …`];
  },
};

/** What to paste into the service of a container to make it a healthy app; empty when there is nothing to do. */
export function linesToPaste(seen: SeenContainer, prefix: string, network: string): string {
  if (seen.verdict === 'no-labels' || seen.verdict === 'not-enabled') {
    return [
      ...label(prefix, 'enable', 'true'),
      ...(seen.networks.includes(network) ? [] : onNetwork(network)),
    ].join('\n');
  }
  const lines = seen.problems.flatMap((found) => REPAIRS[found.code]?.(found, prefix, network) ?? []);
  return [...new Set(lines)].join('\n');
}
