import type { ContainerState } from '../docker/docker.gateway.js';
import { problem, severityOf } from '../apps/problem.js';
import type { Problem } from '../apps/problem.js';
import type { SecretJudge } from '../apps/secret-keeper.js';
import { secretIn } from '../apps/secret-owner.js';
import type { SettingTexts } from '../apps/settings.js';
import { identityOf } from './identity.js';
import type { Identity } from './identity.js';
import { readLabels } from './labels.js';
import type { KnownContainer, Verdict } from './seen-container.js';

/** What discovery goes by; from the agent's configuration. */
export interface DiscoveryPolicy {
  prefix: string;
  network: string;
  allowedNetworks: readonly string[];
  instance: string;
  allowImageLabels: boolean;
  requireApproval: boolean;
  missingGraceMs: number;
  /** What an app without a label of its own keeps; so that removing the label is no way to keep fewer at once. */
  defaultRetention: string;
  /** Whether a kept secret may be sent to a container, and is there. */
  secretState: SecretJudge;
}

/** A container that wants to be an app. */
export interface Candidate {
  container: KnownContainer;
  identity: Identity;
  /** `backup.id` or the identity that the engine gives it. */
  key: string;
  declaration: SettingTexts;
  problems: Problem[];
}

export type Judged =
  | { candidate: Candidate }
  | { verdict: Exclude<Verdict, 'app' | 'replica' | 'conflict'>; problems: Problem[] };

/** Reads one container: is it meant to be backed up, and as what? Pure. */
export function judge(container: KnownContainer, policy: DiscoveryPolicy): Judged {
  const { listed } = container;
  const baked = policy.allowImageLabels ? [] : container.fromImage;
  const labels = Object.fromEntries(
    Object.entries(listed.labels).filter(([label]) => !baked.includes(label)),
  );
  const identity = identityOf(labels, listed.name);
  const reading = readLabels(labels, policy.prefix, namesOf(container, identity));
  const { problems } = reading;
  const ignored = baked.filter((label) => label.startsWith(`${policy.prefix}.`));
  if (ignored.length > 0)
    problems.push(
      problem('image-label-ignored', { value: ignored.join(', '), params: { prefix: policy.prefix } }),
    );

  if (reading.enabled === false) {
    if (!reading.ours && identity.base.startsWith('swarm:'))
      problems.push(problem('swarm-labels', { params: { service: identity.service ?? '' } }));
    if (ignored.length > 0) return { verdict: 'image-labels', problems };
    return { verdict: reading.ours ? 'not-enabled' : 'no-labels', problems };
  }
  if (identity.oneOff) return { verdict: 'one-off', problems };
  if (reading.instance !== null && reading.instance !== policy.instance)
    return { verdict: 'other-instance', problems };
  problems.push(
    ...networkProblems(container, reading.declaration, policy),
    ...portProblems(container, reading.declaration, policy),
  );
  problems.push(...secretProblems(container, identity, reading.declaration, policy));
  const key = reading.id === null ? identity.base : `id:${reading.id}`;
  return { candidate: { container, identity, key, declaration: reading.declaration, problems } };
}

const CHANGING: readonly ContainerState[] = ['created', 'removing'];

/** Names by which a label may call the container itself. */
const namesOf = ({ listed, inspected }: KnownContainer, { service }: Identity): string[] => [
  listed.name,
  ...(service === null ? [] : [service]),
  ...Object.values(listed.networks),
  ...(inspected?.aliases ?? []),
];

function networkProblems(
  { listed }: KnownContainer,
  declaration: SettingTexts,
  policy: DiscoveryPolicy,
): Problem[] {
  const network = declaration.network ?? policy.network;
  const mode = listed.networkMode;
  if (mode === 'host' || mode === 'none' || mode.startsWith('container:'))
    return [problem('network-mode-unsupported', { params: { mode, network } })];
  const allowed = policy.allowedNetworks.includes(network);
  if (!allowed)
    return [
      problem('network-not-allowed', {
        label: `${policy.prefix}.network`,
        params: { network, default: policy.network },
      }),
    ];
  if (Object.hasOwn(listed.networks, network)) return [];
  const attached = Object.keys(listed.networks).join(', ');
  // The engine lists a container before it has written down the networks it is being made for, and after it let go of them.
  if (attached === '' && mode === network && CHANGING.includes(listed.state)) return [];
  return [
    problem('network-not-attached', { params: { network, attached: attached === '' ? '—' : attached } }),
  ];
}

function portProblems(
  { inspected }: KnownContainer,
  declaration: SettingTexts,
  policy: DiscoveryPolicy,
): Problem[] {
  if (declaration.port !== undefined || inspected === null || inspected.exposedPorts.length === 1) return [];
  const ports = inspected.exposedPorts.join(', ');
  const params = { ports, prefix: policy.prefix };
  return [ports === '' ? problem('port-missing', { params }) : problem('port-ambiguous', { params })];
}

function secretProblems(
  { listed }: KnownContainer,
  { project, service }: Identity,
  declaration: SettingTexts,
  policy: DiscoveryPolicy,
): Problem[] {
  const secret = secretIn(declaration.tokenRef);
  if (secret === null) return [];
  const state = policy.secretState({ project, service, containerName: listed.name }, secret);
  if (state === 'ok') return [];
  const code = state === 'missing' ? 'secret-missing' : 'token-not-allowed';
  return [problem(code, { label: `${policy.prefix}.token-ref`, params: { secret } })];
}

export const suspends = (problems: readonly Problem[]): boolean =>
  problems.some(({ code }) => severityOf(code) === 'suspend');

/** Errors of the declaration itself; a conflict is about somebody else's. */
export const isFaulty = (problems: readonly Problem[]): boolean =>
  problems.some(({ code }) => severityOf(code) === 'error' && code !== 'identity-conflict');
