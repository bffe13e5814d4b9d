import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventLines, hintIn } from './event-lines.js';

describe('lines of a stream', () => {
  it('are the same however the bytes come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 })),
        fc.array(fc.nat({ max: 40 })),
        (texts, cuts) => {
          const lines = texts.map((text) => text.replaceAll('\n', ' '));
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const reader = new EventLines();
          const read: string[] = [];
          let from = 0;
          for (const cut of cuts) {
            read.push(...reader.push(bytes.subarray(from, from + cut)));
            from += cut;
          }
          read.push(...reader.push(bytes.subarray(from)));
          expect(read).toEqual(lines);
        },
      ),
    );
  });

  it('that are longer than 4 MiB are left out whole, and what follows is read', () => {
    const reader = new EventLines();
    const mebibyte = Buffer.alloc(1024 * 1024, 'x');
    for (let index = 0; index < 5; index += 1) expect(reader.push(mebibyte)).toEqual([]);
    expect(reader.push(Buffer.from('tail\nnext\n'))).toEqual(['next']);
  });
});

describe('a hint', () => {
  it('of a network is about its container', () => {
    const line = JSON.stringify({
      Type: 'network', Action: 'connect', Actor: { ID: 'net', Attributes: { container: 'abc', name: 'n' } }, time: 5,
    }); // prettier-ignore
    expect(hintIn(line)).toEqual({ kind: 'container', containerId: 'abc', action: 'connect', at: 5 });
  });

  it('of a health check is cut at the colon', () => {
    const line = JSON.stringify({
      Type: 'container',
      Action: 'health_status: healthy',
      Actor: { ID: 'abc' },
      time: 5,
    });
    expect(hintIn(line)).toMatchObject({ action: 'health_status', containerId: 'abc' });
  });

  it('is never read out of anything else, and reading never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => hintIn(line) === null));
  });
});
