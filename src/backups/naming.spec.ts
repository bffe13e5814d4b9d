import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareWithDeclared, Meter } from './meter.js';
import { extensionOf, objectName, stemOf } from './object-name.js';
import { endOf, limitedSignal } from './stop-reason.js';

describe('object names', () => {
  it.each([
    ['tar.gz', undefined, 'tar.gz'],
    ['application/gzip', undefined, 'gz'],
    ['pg-custom', 'x.sql', 'dump'],
    [undefined, 'ghost-2026.TAR.GZ', 'tar.gz'],
    [undefined, '../../etc/passwd', 'dump'],
    ['exe', 'x.exe', 'dump'],
    ['sqlite3', undefined, 'sqlite'],
    [undefined, undefined, 'dump'],
  ])('format %s and file name %s get the extension %s', (format, fileName, expected) => {
    expect(extensionOf(format, fileName)).toBe(expected);
  });

  it('are in the agent’s time zone, and the second of a minute gets a number', () => {
    const at = new Date('2026-11-24T23:30:10Z');
    expect(objectName('ghost', at, 'UTC', 'tar', 1)).toBe('ghost_20261124_2330.tar');
    expect(objectName('ghost', at, 'Europe/Madrid', 'tar', 2)).toBe('ghost_20261125_0030_2.tar');
  });

  it('are always plain, whatever the app is called or offers', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (name, format, file) => {
          const made = objectName(stemOf(name, 'app'), new Date(0), 'UTC', extensionOf(format, file), 1);
          expect(made).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
          expect(made).not.toMatch(/[.]partial$|[.]manifest[.]json$/);
        },
      ),
    );
  });
});

describe('Meter', () => {
  it('counts and hashes what passes', async () => {
    const meter = new Meter(['md5']);
    for (const part of ['hel', 'lo']) await meter.update(Buffer.from(part));
    const sent = await meter.result();
    expect(sent.sizeBytes).toBe(5);
    expect(sent.hashes.md5).toBe('5d41402abc4b2a76b9719d911017c592');
    expect(sent.hashes.sha256).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
  });

  const sent = { sizeBytes: 5, hashes: { sha256: 'a'.repeat(64) } };
  it.each([
    ['size-mismatch', sent, { sizeBytes: 6 }],
    ['checksum-mismatch', sent, { sizeBytes: 5, sha256: 'b'.repeat(64) }],
    ['export-empty', { ...sent, sizeBytes: 0 }, {}],
  ] as const)('refuses with %s', (code, counted, declared) => {
    expect(() => compareWithDeclared(counted, declared, null)).toThrow(expect.objectContaining({ code }));
  });

  it('takes what matches, and an empty export that was declared', () => {
    compareWithDeclared(sent, { sizeBytes: 5, sha256: 'a'.repeat(64) }, null);
    compareWithDeclared(sent, {}, null);
    compareWithDeclared({ ...sent, sizeBytes: 0 }, { sizeBytes: 0 }, null);
  });
});

describe('limitedSignal', () => {
  it('fires for a person, for a shutdown and for time, and says which', async () => {
    const outer = new AbortController();
    const byPerson = limitedSignal(outer.signal, 60_000);
    outer.abort('cancelled');
    expect(endOf(new Error('x'), byPerson.signal)).toMatchObject({ outcome: 'cancelled' });
    byPerson.release();

    const stopping = new AbortController();
    const byShutdown = limitedSignal(stopping.signal, 60_000);
    stopping.abort('shutdown');
    expect(endOf(new Error('x'), byShutdown.signal)).toMatchObject({
      outcome: 'interrupted',
      failure: { code: 'interrupted' },
    });
    byShutdown.release();

    const byTime = limitedSignal(new AbortController().signal, 1);
    await new Promise((resolve) => byTime.signal.addEventListener('abort', resolve));
    expect(endOf(new Error('x'), byTime.signal)).toMatchObject({
      outcome: 'failed',
      failure: { code: 'run-timeout' },
    });
  });

  it('does not end at once when the limit is longer than a timer can be', async () => {
    const { signal, release } = limitedSignal(new AbortController().signal, 90 * 24 * 3_600_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(signal.aborted).toBe(false);
    release();
  });
});
