import type { App, AppState } from '../apps/app.entity.js';
import { isFaulty, suspends } from './candidate.js';
import type { Candidate, DiscoveryPolicy } from './candidate.js';

type Approval = Pick<DiscoveryPolicy, 'requireApproval'>;
type Grace = Pick<DiscoveryPolicy, 'missingGraceMs'>;

/** States that a person chose or has to leave: discovery follows the container but does not change them. */
const CHOSEN: readonly AppState[] = ['paused', 'pending'];

/** The state of an app whose container is there. Pure. */
export function stateOf(candidate: Candidate, app: App | undefined, policy: Approval): AppState {
  if (app === undefined || app.state === 'invalid') return firstState(candidate, policy);
  if (CHOSEN.includes(app.state)) return app.state;
  const { listed } = candidate.container;
  // An archived app comes back with a new container, not because its old one is still there.
  if (app.state === 'archived' && app.containerId === listed.id) return 'archived';
  if (suspends(candidate.problems)) return 'suspended';
  if (policy.requireApproval && isAnother(candidate, app)) return 'pending';
  return runningState(candidate);
}

/** An app that was never good: what is wrong keeps it out, and an approval comes before everything that could run it later. */
function firstState(candidate: Candidate, policy: Approval): AppState {
  if (suspends(candidate.problems) || isFaulty(candidate.problems)) return 'invalid';
  return policy.requireApproval ? 'pending' : runningState(candidate);
}

function runningState({ container, problems }: Candidate): AppState {
  if (container.listed.state !== 'running') return 'stopped';
  return isFaulty(problems) ? 'degraded' : 'active';
}

/** An approval was for the service that a person saw, not for whoever claims its identity later. */
const isAnother = ({ identity }: Candidate, app: App): boolean =>
  app.project !== identity.project || app.service !== identity.service;

/** Whether an app has been without its container for longer than a recreation takes. Pure. */
export function isGone(app: Pick<App, 'state' | 'awaySince'>, policy: Grace, now: Date): boolean {
  if (app.state === 'missing' || app.state === 'archived') return true;
  return app.awaySince !== null && now.getTime() - app.awaySince.getTime() >= policy.missingGraceMs;
}

/** What a person chose, and what was never good, stays true while the container is away. Pure. */
export function stateWhileAway(app: App, awaySince: Date, policy: Grace, now: Date): AppState {
  const keepsState = CHOSEN.includes(app.state) || app.state === 'invalid';
  return !keepsState && isGone({ state: app.state, awaySince }, policy, now) ? 'missing' : app.state;
}
