import { describe, expect, it } from '@jest/globals';
import { sentenceOfDestination } from './destination-notice.js';

describe('the notice about a destination', () => {
  const notice = { destination: 'nas', error: null, unwellSince: null, apps: [] };

  it('says what is wrong, what to do and who is concerned, in both languages', () => {
    const sick = {
      ...notice,
      state: 'needs-authorisation' as const,
      error: { code: 'destination-expired' as const, detail: 'invalid_grant' },
      apps: ['wiki', 'shop'],
    };
    expect(sentenceOfDestination(sick, 'en')).toMatch(
      /^nas needs a person to authorise it again — The authorisation .* \[invalid_grant\] Authorise .* — Apps that back up there: wiki, shop$/,
    );
    expect(sentenceOfDestination(sick, 'es')).toMatch(
      /^nas necesita .* — La autorización .* — Aplicaciones que copian ahí: wiki, shop$/,
    );
  });

  it('says when it is well again', () => {
    expect(sentenceOfDestination({ ...notice, state: 'ok' }, 'en')).toBe('nas is well again');
    expect(sentenceOfDestination({ ...notice, state: 'ok' }, 'es')).toBe('nas vuelve a funcionar');
  });
});
