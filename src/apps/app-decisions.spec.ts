import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { anApp } from '../../test/builders/an-app.js';
import { FixedClock } from '../core/clock.js';
import { dataSourceOptions } from '../db/data-source.js';
import { AppDecisions, DECISIONS, mayDecide } from './app-decisions.js';
import type { Decision } from './app-decisions.js';
import { App } from './app.entity.js';
import type { AppState } from './app.entity.js';
import { AuditEntry } from './audit-entry.entity.js';

const NOW = new Date('2026-11-24T12:00:00Z');

describe('what a person decides about an app', () => {
  let dir: string;
  let db: DataSource;
  let decisions: AppDecisions;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'decisions-'));
    const options = dataSourceOptions({ dataDir: dir, databaseUrl: null }, [App, AuditEntry]);
    db = await new DataSource(options).initialize();
    decisions = new AppDecisions(db, new FixedClock(NOW));
  });
  beforeEach(() => db.getRepository(AuditEntry).clear());
  afterAll(async () => {
    await db.destroy();
    rmSync(dir, { recursive: true, force: true });
  });

  async function decide(decision: Decision, with_: Partial<App>) {
    const app = await db.getRepository(App).save(anApp({ nextRunAt: NOW, ...with_ }));
    const done = await decisions.decide(app, decision, 'admin');
    const after = await db.getRepository(App).findOneByOrFail({ id: app.id });
    return { done, state: after.state, nextRunAt: after.nextRunAt };
  }

  it.each<[Decision, App['origin'], AppState, AppState]>([
    ['pause', 'label', 'active', 'paused'],
    ['pause', 'manual', 'active', 'paused'],
    ['pause', 'label', 'missing', 'paused'],
    // Discovery says at once what it really is.
    ['resume', 'label', 'paused', 'stopped'],
    ['resume', 'manual', 'paused', 'active'],
    ['archive', 'label', 'missing', 'archived'],
    ['archive', 'manual', 'paused', 'archived'],
    ['unarchive', 'label', 'archived', 'stopped'],
    ['unarchive', 'manual', 'archived', 'active'],
    ['approve', 'label', 'pending', 'stopped'],
  ])(
    '%s: a %s app that is %s becomes %s, with no run that is due already',
    async (decision, origin, state, becomes) => {
      expect(await decide(decision, { origin, state })).toEqual({
        done: true,
        state: becomes,
        nextRunAt: null,
      });
      const [entry] = await db.getRepository(AuditEntry).find();
      expect(entry).toMatchObject({
        who: 'admin',
        action: DECISIONS[decision].action,
        before: state,
        after: becomes,
      });
    },
  );

  it.each<[Decision, AppState]>([
    ['pause', 'pending'],
    ['pause', 'invalid'],
    ['pause', 'archived'],
    ['resume', 'active'],
    ['archive', 'archived'],
    ['archive', 'pending'],
    ['archive', 'invalid'],
    ['unarchive', 'missing'],
    ['approve', 'active'],
    // Nothing makes an app run that was never good.
    ['approve', 'invalid'],
    ['resume', 'invalid'],
  ])('%s is refused for an app that is %s, and nothing is written', async (decision, state) => {
    expect(mayDecide({ state }, decision)).toBe(false);
    expect(await decide(decision, { state })).toEqual({ done: false, state, nextRunAt: NOW });
    expect(await db.getRepository(AuditEntry).count()).toBe(0);
  });

  it('a decision on a state that is not there any more does nothing', async () => {
    const app = await db.getRepository(App).save(anApp({ state: 'active' }));
    await db.getRepository(App).update({ id: app.id }, { state: 'archived' });
    expect(await decisions.decide(app, 'pause', 'admin')).toBe(false);
    expect((await db.getRepository(App).findOneByOrFail({ id: app.id })).state).toBe('archived');
  });
});
