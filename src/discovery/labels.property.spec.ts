import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeProblem } from '../apps/problem.js';
import { checkSetting } from '../apps/settings.js';
import type { SettingName } from '../apps/settings.js';
import { ALIASES, LABELS, OTHER_TOOLS } from './label-table.js';
import { readLabels } from './labels.js';
import type { LabelReading } from './labels.js';

const RUNS = Number(process.env['FAST_CHECK_RUNS'] ?? 100_000);
const SEED = Number(process.env['FAST_CHECK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const CANARY = 'canary-9f8e7d6c5b4a';

/**
 * Making a random text takes longer than reading it, so the texts are made beforehand and combined at random.
 * `FAST_CHECK_SEED` makes the same ones again.
 */
const poolOf = (arbitrary: fc.Arbitrary<string>, size: number): fc.Arbitrary<string> => {
  const pool = fc.sample(arbitrary, { numRuns: size, seed: SEED });
  return fc.nat(size - 1).map((index) => pool[index] ?? '');
};

/** Every kind of nonsense that a label can hold. */
const anyValue = poolOf(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...Array.from('"\'$\\{}:/@%#?=, \t\n\r\u0000\u001b\u007f\u202eaé0')), maxLength: 30 }),
    fc.json(),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.constantFrom(...LABELS.map(({ example }) => example)),
    // Nearly right.
    fc
      .tuple(fc.constantFrom(...LABELS.map(({ example }) => example)), fc.string({ unit: 'binary', maxLength: 2 }), fc.nat(20))
      .map(([example, more, at]) => example.slice(0, at) + more + example.slice(at)),
  ),
  6000,
); // prettier-ignore
const rareValue = fc.constantFrom(
  '"true"', "'1", 'true"', '$$', '${X}', '', ' ', '\u0000', '\u202e', '\ud800', 'x'.repeat(102_400), '日'.repeat(40_000), `"${'"'.repeat(5000)}"`,
); // prettier-ignore
const knownName = fc.constantFrom(
  ...LABELS.map(({ name }) => name),
  ...Object.keys(ALIASES),
  ...['last', 'daily', 'weekly', 'monthly', 'yearly', 'min'].map((part) => `retention.${part}`),
);
const oddName = fc.constantFrom(
  ...OTHER_TOOLS, 'token', 'db.password', '__proto__', 'constructor', 'toString', 'retention.', 'retention.daily.x', '.', '', 'enable: "true"', 'enable=true', 'Enable', 'jobs.a.frequency',
); // prettier-ignore
const anyName = poolOf(fc.string({ unit: 'binary', maxLength: 20 }), 2000);
const prefix = fc.constantFrom('backup.', 'backup.', 'backup.', 'backup.', 'Backup.', 'backup', 'x.', '');
const nonsense = fc.tuple(
  prefix,
  fc.oneof({ weight: 6, arbitrary: knownName }, { weight: 2, arbitrary: oddName }, anyName),
  fc.oneof({ weight: 9, arbitrary: anyValue }, rareValue),
);
/** As somebody would write it who means it, in one of the ways that are accepted or nearly so. */
const meant = fc
  .tuple(fc.constantFrom(...LABELS), fc.constantFrom('', '', '"', "'", ' ', '\n', '!'))
  .map(([{ name, example }, around]) => ['backup.', name, `${around}${example}${around}`] as const);
const label = fc.oneof({ weight: 3, arbitrary: nonsense }, { weight: 2, arbitrary: meant });
/** A place for a secret where people put it by mistake. */
const secretLabel = fc.constantFrom(
  ['token', CANARY], ['password', `"${CANARY}"`], ['Secret', ` ${CANARY}\n`], ['x-token', CANARY], ['db_password', CANARY], ['auth', CANARY], ['api.key', CANARY],
  ['conn', `postgres://u:${CANARY}@db`], [`token: ${CANARY}`, ''], [`x=${CANARY}`, 'y'], [`x ${CANARY}`, ''], ['token-ref', CANARY], ['token-ref', `secret:${CANARY}:`],
  ['url', `http://u:${CANARY}@self`], ['url', `http://self/?token=${CANARY}`], ['cron', CANARY], ['webhook', `https://hooks/${CANARY}`],
); // prettier-ignore
const anyLabels = fc
  .tuple(fc.array(label, { maxLength: 6 }), secretLabel)
  .map(([entries, [name = '', value = '']]) =>
    Object.fromEntries([
      ...entries.map(([before, after, text]) => [`${before}${after}`, text]),
      [`backup.${name}`, value],
    ]),
  );

const isCanonical = ({ declaration, id }: LabelReading): boolean =>
  (Object.entries(declaration) as [SettingName, string][]).every(([name, text]) => {
    const checked = checkSetting(name, text);
    return checked.ok && checked.value === text;
  }) &&
  (id === null || /^[a-z0-9][a-z0-9._-]{0,62}$/.test(id));

/** What no page, log or terminal should get: control characters, changes of direction, gaps that were not filled. */
const UNSHOWABLE = /[\p{Cc}\u202a-\u202e\u2066-\u2069]|\{(?:suggestion|usual|count|most)\}/u;

function isShowable({ problems }: LabelReading): boolean {
  return problems.every((found) => {
    const sentences = (['en', 'es'] as const).flatMap((lang) => Object.values(describeProblem(found, lang)));
    const said = [found.label ?? '', found.value ?? '', ...Object.values(found.params), ...sentences].join(
      ' ',
    );
    return (found.value?.length ?? 0) <= 80 && !UNSHOWABLE.test(said) && !said.includes(CANARY);
  });
}

describe('whatever the labels hold', () => {
  it(`reading never throws, yields canonical values only and repeats no secret (${RUNS} sets of labels)`, () => {
    const began = performance.now();
    let [enabled, declared, found] = [0, 0, 0];
    fc.assert(
      fc.property(anyLabels, (labels) => {
        const reading = readLabels(labels, 'backup', ['blog', 'web']);
        enabled += reading.enabled === true ? 1 : 0;
        declared += Object.keys(reading.declaration).length;
        found += reading.problems.length;
        return isCanonical(reading) && isShowable(reading) && !JSON.stringify(reading).includes(CANARY);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    process.stdout.write(
      `labels: ${RUNS} sets in ${((performance.now() - began) / 1000).toFixed(1)} s: ${declared} values taken, ${found} problems\n`,
    );
    // Otherwise nothing much was tried.
    expect(enabled).toBeGreaterThan(RUNS / 100);
    expect(declared).toBeGreaterThan(RUNS / 5);
    expect(found).toBeGreaterThan(RUNS);
  }, 600_000);
});
