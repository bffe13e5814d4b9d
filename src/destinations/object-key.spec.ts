import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkFolder, splitKey } from './object-key.js';

const HOSTILE = [
  '',
  '/',
  '/etc/passwd',
  '../x',
  'a/../../x',
  'a/..',
  './a',
  'a//b',
  'a/',
  '-rf',
  'a/-x',
  'x:y',
  ':local:/etc/x',
  'a\nb',
  'a\u0000b',
  'a\u202eb',
  'a\\b',
  'a"b',
  ' a',
  'a ',
  'a.',
  'x'.repeat(251),
];

describe('object keys', () => {
  it('are split into folder and name', () => {
    expect(splitKey('shop/db/shop_20260101_0300.sql.gz')).toEqual({
      folder: 'shop/db',
      name: 'shop_20260101_0300.sql.gz',
    });
    expect(splitKey('.backup-orchestrator.json')).toEqual({ folder: '', name: '.backup-orchestrator.json' });
    expect(checkFolder('')).toBe('');
  });

  it.each(HOSTILE)('refuses %j', (key) => {
    expect(() => splitKey(key)).toThrow(/refused the object name/);
  });

  it('never lets a path through that leaves its root', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('..', '.', '/', 'a', '-', ':', ' ', '\n'), { maxLength: 12 }),
        (pieces) => {
          try {
            const { folder, name } = splitKey(pieces.join(''));
            const path = new URL(
              `file:///root/${[folder, name]
                .filter((part) => part !== '')
                .map(encodeURIComponent)
                .join('/')}`,
            ).pathname;
            expect(path.startsWith('/root/')).toBe(true);
            expect(`${folder}/${name}`.split('/')).not.toContain('..');
          } catch (error) {
            expect(String(error)).toContain('refused the object name');
          }
        },
      ),
    );
  });
});
