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
    const print = process.stdout.write.bind(process.stdout);
    process.stdout.write = () => true;
    try {
      logger.warn('the token is canary-log-1234\n{"level":"forged"}', 'Discovery');
      logger.debug('not wanted', 'Discovery');
    } finally {
      process.stdout.write = print;
    }
    expect(buffer.find({ level: 'verbose', text: '', limit: 10 })).toEqual([
      { id: 1, at: AT, level: 'warn', context: 'Discovery', message: 'the token is ••• {"level":"forged"}' },
    ]);
  });
});
