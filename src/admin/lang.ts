import type { Request, Response } from 'express';
import { readCookies } from './auth/cookies.js';

export type Lang = 'en' | 'es';

const COOKIE = 'bo_lang';
const YEAR_MS = 365 * 86_400_000;

const asLang = (value: unknown): Lang | null => (value === 'en' || value === 'es' ? value : null);

/** `?lang=` (which is remembered), cookie, Accept-Language, then the agent's own. */
export function chooseLang(request: Request, response: Response, fallback: Lang, secure: boolean): Lang {
  const asked = asLang(request.query['lang']);
  if (asked !== null) {
    response.cookie(COOKIE, asked, { maxAge: YEAR_MS, sameSite: 'lax', httpOnly: true, secure, path: '/' });
    return asked;
  }
  const accepted =
    request.headers['accept-language'] === undefined ? null : asLang(request.acceptsLanguages('en', 'es'));
  return asLang(readCookies(request)[COOKIE]) ?? accepted ?? fallback;
}

/** The language chosen for this request. */
export function langOf(response: Response): Lang {
  return asLang(response.locals['lang']) ?? 'en';
}
