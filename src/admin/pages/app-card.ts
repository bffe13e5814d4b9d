import type { App } from '../../apps/app.entity.js';
import type { EffectiveSettings } from '../../apps/effective-settings.js';
import { describeProblem } from '../../apps/problem.js';
import type { Run } from '../../backups/run.entity.js';
import { FAILURE_TEXTS } from '../../core/failure-texts.js';
import { TONES, VERDICTS, judgeApp, needsAttention } from './app-verdict.js';
import type { Verdict } from './app-verdict.js';
import type { Moment } from './format.js';
import type { Reader } from './reader.js';

export interface AppOverview {
  app: App;
  settings: EffectiveSettings;
  latest: Run | null;
  lastGoodAt: Date | null;
  overdueSince: Date | null;
}

export interface AppCard {
  id: string;
  name: string;
  /** `project/service`, the container or the address. */
  where: string;
  verdict: Verdict;
  tone: string;
  badge: string;
  /** The sentence that says what is wrong, and what to do; null when nothing is. */
  trouble: { says: string; fix: string } | null;
  lastGood: Moment | null;
  nextRun: Moment | null;
  schedule: string;
  keeps: string;
  destinations: string[];
  /** Of the run under way. */
  runId: string | null;
  canRun: boolean;
}

export function appCard(overview: AppOverview, reader: Reader): AppCard {
  const { app, settings, latest, lastGoodAt, overdueSince } = overview;
  const verdict = judgeApp({
    state: app.state,
    latest,
    isOverdue: overdueSince !== null,
    hasGoodBackup: lastGoodAt !== null,
  });
  const isOpen = latest !== null && latest.state !== 'finished';
  return {
    id: app.id,
    name: settings.name.value,
    where: whereOf(app),
    verdict,
    tone: TONES[verdict],
    badge: reader.say(`verdict.${verdict}`),
    trouble: troubleOf(overview, verdict, reader),
    lastGood: reader.moment(lastGoodAt),
    nextRun: reader.moment(app.nextRunAt),
    schedule: settings.frequency.text,
    // With spaces, so that a narrow column breaks between the rules.
    keeps: settings.retention.text.replaceAll(',', ', '),
    destinations: settings.destinations.value.map((destination) => destination.name),
    runId: isOpen ? latest.id : null,
    canRun: (app.state === 'active' || app.state === 'degraded') && !isOpen,
  };
}

function whereOf(app: App): string {
  if (app.project !== null && app.service !== null) return `${app.project} / ${app.service}`;
  return app.manualUrl ?? app.containerName ?? app.key;
}

function troubleOf(
  { app, latest, overdueSince }: AppOverview,
  verdict: Verdict,
  reader: Reader,
): AppCard['trouble'] {
  if (verdict === 'failing' && latest?.errorCode !== null && latest?.errorCode !== undefined) {
    const { says, hint } = FAILURE_TEXTS[latest.errorCode][reader.lang];
    return { says, fix: hint };
  }
  if (verdict === 'overdue') {
    return {
      says: reader.say('trouble.overdue', { since: reader.moment(overdueSince)?.relative ?? '' }),
      fix: reader.say('trouble.overdueFix'),
    };
  }
  const [first] = app.problems;
  if (first !== undefined && verdict !== 'running') return describeProblem(first, reader.lang);
  const key = `trouble.${verdict}`;
  return needsAttention(verdict) ? { says: reader.say(key), fix: reader.say(`${key}Fix`) } : null;
}

/** Problems first, then what is under way; by name among equals. */
export function sortCards(cards: readonly AppCard[], lang: string): AppCard[] {
  const rank = (card: AppCard): number => VERDICTS.indexOf(card.verdict);
  return [...cards].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, lang));
}

export interface Hero {
  tone: string;
  says: string;
  more: string;
}

/** One sentence about everything. */
export function hero(cards: readonly AppCard[], overviews: readonly AppOverview[], reader: Reader): Hero {
  const attention = cards.filter((card) => needsAttention(card.verdict)).length;
  const running = cards.filter((card) => card.verdict === 'running').length;
  const waiting = cards.filter((card) => card.verdict === 'waiting').length;
  const more = timesSentence(overviews, reader);
  if (cards.length === 0)
    return { tone: 'idle', says: reader.say('hero.none'), more: reader.say('hero.noneMore') };
  if (attention > 0)
    return {
      tone: cards.some((card) => card.tone === 'bad') ? 'bad' : 'warn',
      says: reader.say('hero.attention', { count: attention }),
      more,
    };
  if (running > 0) return { tone: 'busy', says: reader.say('hero.running', { count: running }), more };
  if (waiting > 0) return { tone: 'idle', says: reader.say('hero.waiting', { count: waiting }), more };
  return { tone: 'ok', says: reader.say('hero.ok'), more };
}

function timesSentence(overviews: readonly AppOverview[], reader: Reader): string {
  const newest = (dates: (Date | null)[]): Date[] =>
    dates.filter((date) => date !== null).sort((a, b) => a.getTime() - b.getTime());
  const last = newest(overviews.map(({ lastGoodAt }) => lastGoodAt)).at(-1) ?? null;
  const next = newest(overviews.map(({ app }) => app.nextRunAt)).at(0) ?? null;
  const parts = [
    last === null
      ? reader.say('hero.noBackup')
      : reader.say('hero.last', { when: reader.moment(last)?.relative ?? '' }),
    ...(next === null ? [] : [reader.say('hero.next', { when: reader.moment(next)?.relative ?? '' })]),
  ];
  return parts.join(' · ');
}
