import { describe, expect, it } from '@jest/globals';
import { anApp } from '../../test/builders/an-app.js';
import type { AppState } from '../apps/app.entity.js';
import type { SeenContainer } from '../discovery/seen-container.js';
import { appOfSeen, seenSentence } from './seen-sentence.js';

const seen: SeenContainer = {
  containerId: 'c1',
  name: 'blog',
  image: 'blog:1',
  state: 'running',
  networks: [],
  key: 'name:blog',
  verdict: 'app',
  problems: [],
};

describe('why a container is an app', () => {
  it.each<AppState>(['active', 'degraded'])('%s: it is backed up', (state) => {
    expect(seenSentence(seen, anApp({ state }), 'en')).toBe('It is backed up as this app.');
  });

  it.each<[AppState, string]>([
    ['suspended', 'Suspended'],
    ['invalid', 'Invalid'],
    ['pending', 'Waits for approval'],
    ['paused', 'Paused'],
    ['archived', 'Archived'],
    ['stopped', 'Stopped'],
    ['missing', 'Missing'],
    ['conflict', 'Conflict'],
  ])('%s: it is not said to be backed up', (state, word) => {
    expect(seenSentence(seen, anApp({ state }), 'en')).toBe(
      `This is the app, but it is not backed up now. State: ${word}.`,
    );
    expect(seenSentence(seen, anApp({ state }), 'es')).toContain('ahora no se copia');
  });

  it('of two with one identity, the second has no app', () => {
    const app = anApp({ key: 'name:blog' });
    const apps = new Map([[app.key, app]]);
    expect(appOfSeen(seen, apps)).toBe(app);
    expect(appOfSeen({ ...seen, verdict: 'conflict' }, apps)).toBeNull();
    expect(seenSentence({ ...seen, verdict: 'replica' }, app, 'en')).toMatch(/steps in/);
  });
});
