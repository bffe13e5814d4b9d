import { describe, expect, it } from '@jest/globals';
import { describeProblem } from '../apps/problem.js';
import { SETTING_NAMES } from '../apps/settings.js';
import { closest } from './closest.js';
import { ALIASES, LABELS } from './label-table.js';
import { readLabels } from './labels.js';

const read = (labels: Record<string, string>, ownNames: string[] = ['blog', 'web']) =>
  readLabels(labels, 'backup', ownNames);
const codesOf = (labels: Record<string, string>): string[] => read(labels).problems.map(({ code }) => code);

describe('the table of labels', () => {
  it('has every setting exactly once, and examples that are accepted', () => {
    const settings = LABELS.flatMap(({ setting }) => setting ?? []);
    expect([...settings].sort()).toEqual([...SETTING_NAMES].sort());
    for (const { name, example } of LABELS) {
      const { problems } = read({ [`backup.${name}`]: example });
      expect({ name, codes: problems.map(({ code }) => code) }).toEqual({ name, codes: [] });
    }
    for (const alias of Object.values(ALIASES)) expect(LABELS.map(({ name }) => name)).toContain(alias.name);
  });
});

describe('28: backup.enable', () => {
  it.each<[string, boolean | 'unclear', string[]]>([
    ['true', true, []],
    [' TRUE ', true, []],
    ['1', true, []],
    ['yes', true, []],
    ['"true"', true, ['quotes-stripped']],
    ["'true'", true, ['quotes-stripped']],
    ['', false, []],
    ['  ', false, []],
    ['false', false, []],
    ['true"', 'unclear', ['flag-invalid']],
    ['ja', 'unclear', ['flag-invalid']],
  ])('%j', (value, enabled, codes) => {
    const reading = read({ 'backup.enable': value });
    expect([reading.enabled, reading.problems.map(({ code }) => code)]).toEqual([enabled, codes]);
  });

  it('as `enabled` is accepted with a hint', () => {
    expect(read({ 'backup.enabled': 'true' })).toMatchObject({
      enabled: true,
      problems: [{ code: 'label-alias' }],
    });
  });

  it('written with a colon in a list is not overlooked', () => {
    expect(read({ 'backup.enable: "true"': '' })).toMatchObject({
      enabled: 'unclear',
      problems: [{ code: 'label-malformed', label: 'backup.enable…' }],
    });
  });
});

describe('labels', () => {
  it('come to canonical settings', () => {
    const reading = read({
      'backup.enable': 'true', 'backup.id': 'ghost', 'backup.instance': 'home', 'backup.schedule': '@daily',
      'backup.retention': 'daily=7,weekly=4', 'backup.retention.monthly': '6', 'backup.retention.daily': '9',
      'backup.destinations': 'gdrive, nas:/photos', 'backup.timeout': '30m', 'backup.max-size': '1GB', 'other.label': 'x',
    }); // prettier-ignore
    expect(reading).toMatchObject({ id: 'ghost', instance: 'home', problems: [] });
    expect(reading.declaration).toEqual({
      frequency: 'daily', retention: 'daily=9,weekly=4,monthly=6,min=3', destinations: 'gdrive,nas:photos',
      timeoutMs: '30m', maxSizeBytes: '1gb',
    }); // prettier-ignore
  });

  it.each<[string, string, string]>([
    ['backup.freqency', 'daily', ': backup.frequency?'],
    ['backup.token_ref', 'env:X', ': backup.token-ref?'],
    ['backup.Port', '80', ': backup.port?'],
    ['Backup.port', '80', ': backup.port?'],
    ['backup.somethingelse', 'x', ''],
  ])('%s is unknown, with what was meant', (label, value, suggestion) => {
    expect(read({ [label]: value }).problems).toMatchObject([
      { code: 'label-unknown', label, params: { suggestion } },
    ]);
  });

  it('say in a sentence what was probably meant', () => {
    const saysOf = (label: string, lang: 'en' | 'es'): string[] =>
      read({ [label]: 'x' }).problems.map((found) => describeProblem(found, lang).says);
    expect(saysOf('backup.freqency', 'en')).toEqual([
      'This label is not known. Did you mean backup.frequency?',
    ]);
    expect(saysOf('backup.freqency', 'es')).toEqual([
      'Esta etiqueta no se conoce. ¿Quería decir backup.frequency?',
    ]);
    expect(saysOf('backup.somethingelse', 'en')).toEqual(['This label is not known.']);
  });

  it('of other tools are told apart, and nothing of them is repeated', () => {
    const { problems } = read({
      'backup.cron': '@daily',
      'backup.conn': 'postgres://u:canary-pw@db',
      'backup.type': 'x',
    });
    expect(problems.map(({ code }) => code)).toEqual([
      'label-other-tool',
      'label-other-tool',
      'label-other-tool',
    ]);
    expect(JSON.stringify(problems)).not.toContain('canary-pw');
  });

  it('are read up to 4 KiB each and 64 in all', () => {
    expect(codesOf({ 'backup.name': 'ñ'.repeat(2049) })).toEqual(['value-too-long']);
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`backup.x${index}`, 'y']));
    const reading = read({ ...many, 'backup.enable': 'true' });
    expect(reading.enabled).toBe(true);
    expect(reading.problems.length).toBeLessThanOrEqual(65);
    expect(reading.problems).toContainEqual(
      expect.objectContaining({
        code: 'labels-too-many',
        params: expect.objectContaining({ count: '5001' }),
      }),
    );
  });

  it('may have another prefix', () => {
    const reading = readLabels({ 'acme.backup.enable': '1', 'backup.enable': '0' }, 'acme.backup', []);
    expect(reading.enabled).toBe(true);
  });

  it('keep `$`, JSON and letters of all kinds as they are', () => {
    expect(read({ 'backup.name': '{"a":"$1 ñ 日本"}' }).declaration.name).toBe('{"a":"$1 ñ 日本"}');
  });
});

describe('29: backup.url', () => {
  it.each([
    ['http://self:8080/api', { scheme: 'http', port: '8080', path: '/api' }],
    ['http://BLOG', { scheme: 'http', port: '80', path: '' }],
    ['https://web/', { scheme: 'https', port: '443', path: '' }],
  ])('%s is the container itself', (url, declaration) => {
    expect(read({ 'backup.url': url })).toMatchObject({ declaration, problems: [] });
  });

  it.each([
    'http://other:8080', 'http://blog.evil.example', 'http://169.254.169.254/', 'http://127.0.0.1', 'http://2130706433/', 'http://0x7f.1',
  ])('%s points away', (url) => {
    expect(codesOf({ 'backup.url': url })).toEqual(['url-foreign-host']);
  }); // prettier-ignore

  it.each([
    'http://user:canary-pw@self', 'http://self@evil', 'http://self#@evil', 'http://self?token=canary-pw', '//self', 'http:\\\\self', 'http:/self',
    'http://self\\@evil', 'http://%73elf', 'http://[::1]/', 'http://self:0', 'http://self:99999', 'ftp://self', 'http://self/../x', 'http://self/%2e%2e',
    'http://self:80:81', 'http://self /', 'http://sélf',
  ])('%s is refused, and not repeated', (url) => {
    const { problems, declaration } = read({ 'backup.url': url });
    expect(problems.map(({ code }) => code)).toEqual(['url-invalid']);
    expect(JSON.stringify(problems)).not.toContain('canary-pw');
    expect(declaration).toEqual({});
  }); // prettier-ignore

  it('says less than the single labels, whatever the order', () => {
    const labels = { 'backup.url': 'http://self:1/a', 'backup.port': '2' };
    const turned = Object.fromEntries(Object.entries(labels).reverse());
    for (const some of [labels, turned])
      expect(read(some).declaration).toMatchObject({ port: '2', path: '/a' });
  });
});

const CANARY = 'canary-9f8e7d6c5b4a';

describe('secrets in labels', () => {
  it.each([
    'backup.token', 'backup.password', 'backup.db-password', 'backup.my_secret', 'backup.api-key', 'backup.API_KEY', 'backup.auth',
    `backup.token: ${CANARY}`, `backup.token=${CANARY}`, 'backup.rclone.secret', 'backup.passphrase', 'backup.pwd', 'Backup.Token',
  ])('%s is refused and not repeated', (label) => {
    const { problems, declaration } = read({ [label]: CANARY });
    expect(problems.map(({ code }) => code)).toEqual(['token-in-label']);
    expect(declaration).toEqual({});
    const said = JSON.stringify([problems, problems.map((found) => describeProblem(found, 'es'))]);
    expect(said).not.toContain(CANARY);
  }); // prettier-ignore

  it.each([
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'secret:deadbeefdeadbeefdeadbeefdeadbeef',
    'env:eyJhbGciOiJIUzI1NiJ9',
    CANARY,
  ])('%s as token-ref is refused and not repeated', (value) => {
    const { problems, declaration } = read({ 'backup.token-ref': value });
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain(value);
    expect(declaration).toEqual({});
  });
});

describe('did you mean', () => {
  it.each([
    ['enabel', 'enable'],
    ['frequncy', 'frequency'],
    ['timezon', 'timezone'],
    ['xyz', null],
    ['', null],
    ['x'.repeat(5000), null],
  ])('%s', (word, meant) => {
    expect(
      closest(
        word,
        LABELS.map(({ name }) => name),
      ),
    ).toBe(meant);
  });
});
