import type { App, AppState } from '../apps/app.entity.js';
import type { SeenContainer } from '../discovery/seen-container.js';
import type { Lang } from './lang.js';
import { say } from './texts.js';

const BACKED_UP: readonly AppState[] = ['active', 'degraded'];

/**
 * The app that a container on the list belongs to, if there is one.
 * Of two that want the same identity only the first has it.
 */
export function appOfSeen(seen: SeenContainer, apps: ReadonlyMap<string, App>): App | null {
  return seen.key === null || seen.verdict === 'conflict' ? null : (apps.get(seen.key) ?? null);
}

/** Why a container is or is not backed up, in a sentence. An app that may not run is not said to be backed up. Pure. */
export function seenSentence(seen: SeenContainer, app: App | null, lang: Lang): string {
  if (seen.verdict === 'app' && app !== null && !BACKED_UP.includes(app.state))
    return say(lang, 'seen.app.whyNot', { state: say(lang, `verdict.${app.state}`) });
  return say(lang, `seen.${seen.verdict}.why`);
}
