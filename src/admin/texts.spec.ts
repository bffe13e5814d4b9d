import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DECISION_NAMES } from '../apps/app-decisions.js';
import { AUDIT_ACTIONS } from '../apps/audit-entry.entity.js';
import { UNKNOWN_REASONS } from '../backups/classify-contents.js';
import { PROBLEM_TEXTS } from '../apps/problem-texts.js';
import { SETTING_NAMES } from '../apps/settings.js';
import { VERDICTS, needsAttention } from './pages/app-verdict.js';
import { jsonNameOf } from './api/setting-names.js';
import { DESTINATION_STATES, NAMED_KINDS } from './pages/destinations/destination-card.js';
import { FOLDER_WORDS } from './pages/destinations/contents-view.js';
import { KINDS, OTHER } from './pages/destinations/kinds.js';
import { FLASHES } from './pages/page.js';
import { CLIENT_DIR, VIEWS_DIR } from './client-files.js';
import { say } from './texts.js';

const read = (lang: string): Record<string, string> =>
  JSON.parse(readFileSync(join(CLIENT_DIR, 'locales', `${lang}.json`), 'utf8')) as Record<string, string>;
const [en, es] = [read('en'), read('es')];

const used = readdirSync(VIEWS_DIR, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.hbs'))
  .flatMap((file) =>
    [...readFileSync(join(VIEWS_DIR, file), 'utf8').matchAll(/\(?\{?\{?t "([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    ),
  );

const built = [
  ...VERDICTS.map((verdict) => `verdict.${verdict}`),
  ...VERDICTS.filter(needsAttention).flatMap((verdict) => [`trouble.${verdict}`, `trouble.${verdict}Fix`]),
  ...SETTING_NAMES.map((name) => `setting.${jsonNameOf(name)}`),
  ...['port', 'path', 'notify', 'drive_folder_id', 'blackout', 'min_size'].map((name) => `unset.${name}`),
  ...['default', 'label', 'manual', 'override'].map((from) => `origin.${from}`),
  ...['error', 'suspend', 'warning', 'hint'].map((severity) => `severity.${severity}`),
  ...['verified', 'suspicious', 'corrupt', 'missing', 'deleting', 'deleted'].map(
    (state) => `backupState.${state}`,
  ),
  ...['succeeded', 'partial', 'failed', 'cancelled', 'interrupted'].map((outcome) => `outcome.${outcome}`),
  ...['queued', 'running', 'finished'].map((state) => `runState.${state}`),
  ...['schedule', 'manual', 'api', 'retry', 'catch-up'].map((trigger) => `trigger.${trigger}`),
  ...['prepare', 'export', 'upload', 'verify', 'commit', 'record', 'prune', 'recover'].map(
    (step) => `step.${step}`,
  ),
  ...['running', 'ok', 'failed', 'skipped'].map((outcome) => `stepOutcome.${outcome}`),
  ...['pending', 'stored', 'failed', 'unsettled'].map((outcome) => `copyOutcome.${outcome}`),
  ...[
    'app',
    'replica',
    'not-enabled',
    'no-labels',
    'one-off',
    'other-instance',
    'image-labels',
    'conflict',
  ].flatMap((verdict) => [`seen.${verdict}`, `seen.${verdict}.why`]),
  'seen.app.whyNot',
  ...['resolve', 'connect', 'auth', 'capabilities', 'headers', 'first-bytes', 'checksum', 'destination'].map(
    (check) => `check.${check}`,
  ),
  ...['ok', 'warning', 'failed', 'skipped'].map((outcome) => `checkOutcome.${outcome}`),
  ...['fatal', 'error', 'warn', 'log', 'debug', 'verbose'].map((level) => `logLevel.${level}`),
  ...FLASHES.map((flash) => `flash.${flash}`),
  ...AUDIT_ACTIONS.map((action) => `audit.${action}`),
  ...DECISION_NAMES.filter((one) => one !== 'approve').flatMap((one) => [
    `decision.${one}`,
    `decision.${one}.says`,
  ]),
  ...['kept', 'environment', 'file', 'missing'].map((place) => `secret.place.${place}`),
  ...['own', 'granted', 'waiting'].map((state) => `secret.use.${state}`),
  ...DESTINATION_STATES.map((state) => `destState.${state}`),
  ...FOLDER_WORDS.map((word) => `folderState.${word}`),
  ...['unmarkedWhat', 'absentWhat', 'freshWhat', 'ownerWhat'].map((what) => `contents.${what}`),
  ...UNKNOWN_REASONS.map((reason) => `unknown.${reason}`),
  ...NAMED_KINDS.map((kind) => `kind.${kind}`),
  ...['found', 'adopted', 'environment', 'admin'].map((origin) => `destOrigin.${origin}`),
  ...[...KINDS.map(({ id }) => id), OTHER].flatMap((id) => [`wizard.${id}`, `wizard.${id}.lead`]),
  ...KINDS.flatMap(({ warnings = [] }) => warnings),
  ...KINDS.flatMap(({ fields }) => fields).flatMap(({ name, text = name, hint, choices = [] }) => [
    `field.${text}`,
    ...(hint === true ? [`fieldHint.${text}`] : []),
    ...choices.flatMap((choice) => choice.text ?? []),
  ]),
];

describe('texts', () => {
  it('are there in both languages, with the same parameters, and none is a copy', () => {
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
    const parameters = (text: string | undefined): string[] =>
      [...(text ?? '').matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
    for (const [key, text] of Object.entries(en))
      expect({ key, parameters: parameters(es[key]) }).toEqual({ key, parameters: parameters(text) });
  });

  it.each([...new Set([...used, ...built])])('%s, which a page uses, exists', (key) => {
    for (const lang of ['en', 'es'] as const) expect(say(lang, key).length).toBeGreaterThan(0);
  });

  it.each(Object.entries(PROBLEM_TEXTS))('%s fills all its parameters by name', (_code, text) => {
    const names = (sentence: { says: string; fix: string }): string[] =>
      [...`${sentence.says} ${sentence.fix}`.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
    expect([...new Set(names(text.es))]).toEqual([...new Set(names(text.en))]);
  });
});
