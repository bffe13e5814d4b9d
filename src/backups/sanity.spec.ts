import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { formatContradicts } from './check-format.js';
import { isUnusualSize, medianOf } from './judge-size.js';

describe('isUnusualSize', () => {
  it.each([
    [100, [100, 100, 100], 50, false],
    [49, [100, 100, 100], 50, true],
    [151, [100, 100, 100], 50, true],
    [150, [100, 100, 100], 50, false],
    [1, [100, 100], 50, false],
    [60, [10, 100, 100, 100, 900], 50, false],
  ])('%d after %j with %d %%: %s', (size, earlier, percent, expected) => {
    expect(isUnusualSize(size, earlier, percent)).toBe(expected);
  });

  it('takes the middle', () => {
    expect([medianOf([3, 1, 2]), medianOf([1, 2, 3, 4]), medianOf([])]).toEqual([2, 2.5, 0]);
  });
});

describe('formatContradicts', () => {
  const tar = Buffer.alloc(512);
  tar.write('ustar', 257);
  it.each([
    ['gzip', gzipSync('x'), false],
    ['tar.gz', Buffer.from('pg_dump: error'), true],
    ['tar', tar, false],
    ['tar', gzipSync('x'), true],
    ['pg-custom', Buffer.from('PGDMP\u0001'), false],
    ['application/zip', Buffer.from('<html>'), true],
    ['sqlite', Buffer.from('SQLite format 3\0...'), false],
    ['sql', Buffer.from('anything'), false],
    ['tar', Buffer.from('short'), true],
    ['gzip', Buffer.alloc(0), false],
  ])('%s', (format, head, expected) => {
    expect(formatContradicts(format, head)).toBe(expected);
  });
});
