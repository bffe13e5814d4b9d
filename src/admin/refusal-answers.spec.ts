import { describe, expect, it } from '@jest/globals';
import { DestinationRefusal, REFUSALS } from '../destinations/destination-refusal.js';
import type { RefusalCode } from '../destinations/destination-refusal.js';
import { describeRefusal } from './refusal-answers.js';

describe('a refused order about a destination', () => {
  it.each(Object.keys(REFUSALS) as RefusalCode[])('%s has a status, a field, and a fix in both languages', (code) => {
    const refusal = new DestinationRefusal(code, 'folder', 'why');
    const [en, es] = [describeRefusal(refusal, 'en'), describeRefusal(refusal, 'es')];
    expect([400, 404, 409]).toContain(en.status);
    expect(en).toMatchObject({ code, fields: [{ field: 'folder', message: `${REFUSALS[code].en} (why)` }] });
    expect(es.message).toBe(`${REFUSALS[code].es} (why)`);
    expect(en.hint.length).toBeGreaterThan(10);
    expect(es.hint).not.toBe(en.hint);
  }); // prettier-ignore

  it.each([
    ['destination-unknown', 'name', 404],
    ['destination-unknown', 'reassign_to', 400],
    ['draft-unknown', 'draft', 404],
    ['name-taken', 'name', 409],
    ['in-use', 'name', 409],
    ['holds-backups', 'name', 409],
    ['value-invalid', 'host', 400],
  ] as const)('%s of %s is %i', (code, field, status) => {
    expect(describeRefusal(new DestinationRefusal(code, field), 'en').status).toBe(status);
  });
});
