import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FixedClock } from './clock.js';
import { LOG_LEVELS, LogBuffer } from './log-buffer.js';
import { logLevelsFrom, RedactingLogger } from './logger.js';
import { rememberSecret } from './redact.js';

const AT = new Date('2026-11-24T12:00:00Z');
const level = fc.constantFrom(...LOG_LEVELS);
const entry = fc.record({
  at: fc.constant(AT),
  level,
  context: fc.string(),
  message: fc.string({ maxLength: 50 }),
});

/** @returns what `work` prints */
function printed(work: () => void): string {
  const print = process.stdout.write.bind(process.stdout);
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    work();
  } finally {
    process.stdout.write = print;
  }
  return text;
}

describe('the kept log', () => {
  it('finds the newest first of what is as urgent as asked, and never more than it may hold', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 60 }), level, fc.string({ maxLength: 2 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 40 }),
        (entries, lowest, text, limit, capacity) => {
          const buffer = new LogBuffer(capacity);
          for (const one of entries) buffer.add(one);
          const wanted = entries
            .map((one, index) => ({ ...one, id: index + 1 }))
            .slice(-capacity)
            .filter((one) => LOG_LEVELS.indexOf(one.level) <= LOG_LEVELS.indexOf(lowest))
            .filter((one) => `${one.context} ${one.message}`.toLowerCase().includes(text.toLowerCase()))
            .reverse()
            .slice(0, limit);
          expect(buffer.find({ level: lowest, text, limit })).toEqual(wanted);
        },
      ),
    ); // prettier-ignore
  });

  it('cuts a line that has no end, and tells who listens until they stop', () => {
    const buffer = new LogBuffer();
    const heard: string[] = [];
    const stop = buffer.listen(({ message }) => void heard.push(message));
    buffer.add({ at: AT, level: 'log', context: '', message: 'x'.repeat(1_000_000) });
    stop();
    buffer.add({ at: AT, level: 'log', context: '', message: 'unheard' });
    expect(heard.map((message) => message.length)).toEqual([2000]);
  });

  it('gets what the logger prints, without secrets, with the part that speaks', () => {
    rememberSecret('canary-log-1234');
    const buffer = new LogBuffer();
    const logger = new RedactingLogger(logLevelsFrom('log'), buffer, new FixedClock(AT));
    printed(() => {
      logger.warn('the token is canary-log-1234\n{"level":"forged"}', 'Discovery');
      logger.debug('not wanted', 'Discovery');
    });
    expect(buffer.find({ level: 'verbose', text: '', limit: 10 })).toEqual([
      { id: 1, at: AT, level: 'warn', context: 'Discovery', message: 'the token is ••• {"level":"forged"}' },
    ]);
  });

  it("neither gets nor prints the framework's list of routes and modules, unless everything is asked for", () => {
    for (const [lowest, times] of [
      ['log', 0],
      ['debug', 0],
      ['verbose', 1],
    ] as const) {
      const buffer = new LogBuffer();
      const logger = new RedactingLogger(logLevelsFrom(lowest), buffer, new FixedClock(AT));
      const text = printed(() => {
        for (const chatter of ['InstanceLoader', 'RoutesResolver', 'RouterExplorer'])
          logger.log(`from ${chatter}`, chatter);
        logger.log('listening', 'Agent');
      });
      expect(text.match(/from /g) ?? []).toHaveLength(3 * times);
      expect(text).toContain('listening');
      const kept = buffer.find({ level: 'verbose', text: '', limit: 10 });
      expect(kept.map((line) => line.level)).toEqual(['log', ...Array<string>(3 * times).fill('verbose')]);
    }
  });
});
