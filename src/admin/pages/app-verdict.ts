import type { AppState } from '../../apps/app.entity.js';
import type { Run } from '../../backups/run.entity.js';

/** What the list of apps says of one, in the order in which it matters. */
export type Verdict =
  | 'suspended'
  | 'invalid'
  | 'conflict'
  | 'failing'
  | 'overdue'
  | 'partial'
  | 'degraded'
  | 'stopped'
  | 'missing'
  | 'pending'
  | 'running'
  | 'waiting'
  | 'paused'
  | 'archived'
  | 'ok';

export type Tone = 'bad' | 'warn' | 'busy' | 'idle' | 'ok';

export const TONES: Record<Verdict, Tone> = {
  suspended: 'bad',
  invalid: 'bad',
  conflict: 'bad',
  failing: 'bad',
  overdue: 'bad',
  partial: 'warn',
  degraded: 'warn',
  stopped: 'warn',
  missing: 'warn',
  pending: 'warn',
  running: 'busy',
  waiting: 'idle',
  paused: 'idle',
  archived: 'idle',
  ok: 'ok',
};
export const VERDICTS = Object.keys(TONES) as Verdict[];

const CONDITIONS: Partial<Record<AppState, Verdict>> = {
  suspended: 'suspended',
  invalid: 'invalid',
  conflict: 'conflict',
  paused: 'paused',
  archived: 'archived',
  pending: 'pending',
};
const WORTH_A_LOOK: Partial<Record<AppState, Verdict>> = {
  degraded: 'degraded',
  stopped: 'stopped',
  missing: 'missing',
};

export interface AppFacts {
  state: AppState;
  /** The newest run, if there was one. */
  latest: Pick<Run, 'state' | 'outcome'> | null;
  isOverdue: boolean;
  hasGoodBackup: boolean;
}

/** The worst of what is known wins, except that a run under way is said first where the app may run at all. Pure. */
export function judgeApp({ state, latest, isOverdue, hasGoodBackup }: AppFacts): Verdict {
  const condition = CONDITIONS[state];
  if (condition !== undefined) return condition;
  if (latest !== null && latest.state !== 'finished') return 'running';
  if (latest?.outcome === 'failed' || latest?.outcome === 'interrupted') return 'failing';
  if (isOverdue) return 'overdue';
  if (latest?.outcome === 'partial') return 'partial';
  return WORTH_A_LOOK[state] ?? (hasGoodBackup ? 'ok' : 'waiting');
}

export const needsAttention = (verdict: Verdict): boolean =>
  TONES[verdict] === 'bad' || TONES[verdict] === 'warn';
