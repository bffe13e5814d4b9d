import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeManifest, namesOf, unknownIn } from './classify-contents.js';
import { manifestOf, partialOf } from './object-name.js';

const object = (key: string, sizeBytes = 9): { key: string; sizeBytes: number } => ({ key, sizeBytes });

const MANIFEST = {
  schema: 1,
  object: 'a.dump',
  app: { key: 'compose:ghost/app', name: 'Ghost', slug: 'ghost' },
  run_id: 'r1',
  created_at: '2026-11-20T03:00:00.000Z',
  size_bytes: 9,
  sha256: 'a'.repeat(64),
  format: 'dump',
  proof: { declared: {}, level: 'hash', reported: null, read_back: false },
  agent_version: '1.0.0',
};

describe('what lies in a folder', () => {
  it('is unknown without a row, and each has its reason', () => {
    const keys = [
      'f/.backup-orchestrator.json',
      'f/.backup-orchestrator-probe-1',
      'f/known.dump',
      'f/known.dump.manifest.json',
      'f/gone.dump.manifest.json',
      'f/missing.dump.manifest.json',
      'f/notes.txt',
      'f/half.dump.partial',
      'f/a.dump',
      'f/a.dump.manifest.json',
      'f/coming.dump.partial',
    ];
    const planned = namesOf({ key: 'f/coming.dump', partialKey: 'f/coming.dump.partial' });
    const found = unknownIn(
      keys.map((key) => object(key)),
      new Set(['f/known.dump', 'f/missing.dump']),
      new Set(planned),
    );
    expect(found.map((one) => [one.object.key, one.reason, one.manifestKey])).toEqual([
      ['f/a.dump', null, 'f/a.dump.manifest.json'],
      ['f/notes.txt', 'no-manifest', null],
      ['f/half.dump.partial', 'partial', null],
      ['f/gone.dump.manifest.json', 'manifest-alone', null],
    ]);
  });

  it('is never known and unknown at once, and no object without a row is left out', () => {
    const stem = fc.constantFrom('a.dump', 'b.tar.gz', 'notes.txt', 'c_20261124_0300.dump');
    const key = fc
      .tuple(stem, fc.constantFrom('', '.partial', '.manifest.json', '.manifest.json.partial'))
      .map(([name, end]) => `f/${name}${end}`);
    fc.assert(
      fc.property(fc.uniqueArray(key), fc.uniqueArray(key), fc.uniqueArray(key), (there, rows, runs) => {
        const known = new Set(rows);
        const planned = new Set(runs);
        const found = unknownIn(there.map((one) => object(one)), known, planned).map((one) => one.object.key);
        expect(new Set(found).size).toBe(found.length);
        for (const one of there) {
          const isBeside = one.endsWith('.manifest.json') && (there.includes(one.slice(0, -14)) || known.has(one.slice(0, -14)));
          expect(found.includes(one)).toBe(!known.has(one) && !planned.has(one) && !isBeside);
        }
      }),
    ); // prettier-ignore
  });

  it('names all that a run may leave', () => {
    const key = 'f/a.dump';
    expect(namesOf({ key, partialKey: partialOf(key) })).toEqual([
      key,
      partialOf(key),
      manifestOf(key),
      partialOf(manifestOf(key)),
    ]);
  });
});

describe('a manifest beside an object', () => {
  const judge = (patch: object, sizeBytes = 9): string =>
    judgeManifest(object('f/a.dump', sizeBytes), JSON.stringify({ ...MANIFEST, ...patch })).reason;

  it.each([
    ['its own', {}, 'adoptable'],
    ['of another object', { object: 'b.dump' }, 'manifest-other'],
    ['of another size', { size_bytes: 8 }, 'manifest-other'],
    ['of another schema', { schema: 2 }, 'manifest-unreadable'],
    ['of no app', { app: { key: '', name: '', slug: '' } }, 'manifest-unreadable'],
    ['with a key of no kind', { app: { key: '../x', name: 'x', slug: 'x' } }, 'manifest-unreadable'],
    ['without its sum', { sha256: 'x' }, 'manifest-unreadable'],
  ])('%s', (_what, patch, reason) => {
    expect(judge(patch)).toBe(reason);
  });

  it('is read as what it is, or not at all: no text makes it fail', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constant(null)), (text) => {
        const { reason, manifest } = judgeManifest(object('f/a.dump'), text);
        expect(reason).toBe('manifest-unreadable');
        expect(manifest).toBeNull();
      }),
    );
  });
});
