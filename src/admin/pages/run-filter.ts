import type { RunQuery } from '../../backups/run-ledger.js';
import { OUTCOMES, TRIGGERS } from '../api/bodies.js';
import { readCursor } from '../run-cursor.js';
import type { Reader } from './reader.js';

/** The open states and the outcomes of the ended: one list for people. */
const STATUSES = ['queued', 'running', ...OUTCOMES] as const;

/** What the list of runs is narrowed to; an address that somebody typed may hold anything. */
export interface RunFilter {
  app: string;
  status: (typeof STATUSES)[number] | '';
  trigger: (typeof TRIGGERS)[number] | '';
  before: RunQuery['before'] | null;
}

type Query = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 200) : '');

export function filterFrom(query: Query): RunFilter {
  return {
    app: text(query['app']),
    status: STATUSES.find((status) => status === query['status']) ?? '',
    trigger: TRIGGERS.find((trigger) => trigger === query['trigger']) ?? '',
    before: readCursor(text(query['before'])),
  };
}

export function runQuery({ app, status, trigger, before }: RunFilter, limit: number): RunQuery {
  const query: RunQuery = { limit };
  if (app !== '') query.appId = app;
  if (status === 'queued' || status === 'running') query.state = status;
  else if (status !== '') query.outcome = status;
  if (trigger !== '') query.trigger = trigger;
  if (before !== null && before !== undefined) query.before = before;
  return query;
}

/** The same list again, as an address; with `cursor` the page after it. */
export function addressOf(filter: RunFilter, cursor: string): string {
  const { app, status, trigger } = filter;
  const named = Object.entries({ app, status, trigger, before: cursor }).filter(([, value]) => value !== '');
  return named.length === 0 ? '' : `?${new URLSearchParams(named).toString()}`;
}

interface Choice {
  value: string;
  title: string;
  chosen: boolean;
}

/** What the form offers. */
export function filterChoices(
  filter: RunFilter,
  names: ReadonlyMap<string, string>,
  reader: Reader,
): { apps: Choice[]; statuses: Choice[]; triggers: Choice[] } {
  const choice = (value: string, title: string, chosen: string): Choice => ({
    value,
    title,
    chosen: value === chosen,
  });
  const apps = [...names].sort(([, a], [, b]) => a.localeCompare(b, reader.lang));
  return {
    apps: apps.map(([id, name]) => choice(id, name, filter.app)),
    statuses: STATUSES.map((status) =>
      choice(
        status,
        reader.say(status === 'queued' || status === 'running' ? `runState.${status}` : `outcome.${status}`),
        filter.status,
      ),
    ),
    triggers: TRIGGERS.map((trigger) => choice(trigger, reader.say(`trigger.${trigger}`), filter.trigger)),
  };
}
