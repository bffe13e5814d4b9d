import type { FailureCode } from '../core/failure.js';
import { FAILURE_TEXTS } from '../core/failure-texts.js';

/** What there is to say about a destination whose state has changed. */
export interface DestinationNotice {
  destination: string;
  state: 'ok' | 'warning' | 'failing' | 'needs-authorisation';
  error: { code: FailureCode; detail: string } | null;
  /** Since when it has not been well; null = it is well again. */
  unwellSince: Date | null;
  /** Names of the apps that back up there. */
  apps: readonly string[];
}

const WORDS = {
  en: {
    ok: 'is well again',
    warning: 'works, but',
    failing: 'does not work',
    'needs-authorisation': 'needs a person to authorise it again',
    apps: 'Apps that back up there',
  },
  es: {
    ok: 'vuelve a funcionar',
    warning: 'funciona, pero',
    failing: 'no funciona',
    'needs-authorisation': 'necesita que una persona lo autorice de nuevo',
    apps: 'Aplicaciones que copian ahí',
  },
} as const;

/** The notice as one line of plain text. Pure. */
export function sentenceOfDestination(notice: DestinationNotice, lang: 'en' | 'es'): string {
  const words = WORDS[lang];
  const parts = [`${notice.destination} ${words[notice.state]}`];
  if (notice.error !== null) {
    const { says, hint } = FAILURE_TEXTS[notice.error.code][lang];
    const detail = notice.error.detail === '' ? '' : `[${notice.error.detail}]`;
    parts.push([says, detail, hint].filter((part) => part !== '').join(' '));
  }
  if (notice.apps.length > 0) parts.push(`${words.apps}: ${notice.apps.join(', ')}`);
  return parts.join(' — ');
}
