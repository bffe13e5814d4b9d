import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../core/clock.js';
import { App } from './app.entity.js';
import type { AppState } from './app.entity.js';
import { addAuditEntry } from './audit-entry.entity.js';
import type { AuditAction } from './audit-entry.entity.js';

interface DecisionKind {
  from: readonly AppState[];
  /** What the app becomes, or `free`: whatever it is without the decision. */
  to: AppState | 'free';
  action: AuditAction;
}

const ALIVE: readonly AppState[] = ['active', 'degraded', 'stopped', 'missing', 'suspended', 'conflict'];

/**
 * What a person can decide about an app. Nothing leads around an approval or around mending the labels: one that waits
 * or was never good comes back as such, whatever happens to its container.
 */
export const DECISIONS = {
  pause: { from: ALIVE, to: 'paused', action: 'app-paused' },
  resume: { from: ['paused'], to: 'free', action: 'app-resumed' },
  archive: { from: [...ALIVE, 'paused'], to: 'archived', action: 'app-archived' },
  unarchive: { from: ['archived'], to: 'free', action: 'app-unarchived' },
  approve: { from: ['pending'], to: 'free', action: 'app-approved' },
} as const satisfies Record<string, DecisionKind>;

export type Decision = keyof typeof DECISIONS;
export const DECISION_NAMES = Object.keys(DECISIONS) as Decision[];

export function mayDecide({ state }: Pick<App, 'state'>, decision: Decision): boolean {
  return (DECISIONS[decision].from as readonly AppState[]).includes(state);
}

/** Writes what a person decided. For apps with a container, discovery has to be refreshed: it knows what they are now. */
@Injectable()
export class AppDecisions {
  constructor(
    @InjectDataSource() private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @returns false when the state does not allow it, also when it has changed meanwhile; then nothing is written */
  async decide(app: App, decision: Decision, who: string): Promise<boolean> {
    if (!mayDecide(app, decision)) return false;
    const { to, action } = DECISIONS[decision];
    const free: AppState = app.origin === 'manual' ? 'active' : 'stopped';
    const state = to === 'free' ? free : to;
    const at = this.clock.now();
    return this.db.transaction(async (tx) => {
      // No next run: a time that passed during a pause is not made up for.
      const change = { state, nextRunAt: null, updatedAt: at };
      const { affected } = await tx.getRepository(App).update({ id: app.id, state: app.state }, change);
      if (affected === 0) return false;
      await addAuditEntry(tx, at, { who, action, subject: app.id, before: app.state, after: state });
      return true;
    });
  }
}
