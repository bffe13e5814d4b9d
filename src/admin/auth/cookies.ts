import { parse } from 'cookie';
import type { CookieOptions, Request } from 'express';

const DAY_MS = 86_400_000;

export function readCookies(request: Request): Record<string, string | undefined> {
  return parse(request.headers.cookie ?? '');
}

/** `__Host-` makes browsers refuse the cookie from a sibling domain or over http. */
const named = (name: string, secure: boolean): string => (secure ? `__Host-${name}` : name);

export const sessionCookieName = (secure: boolean): string => named('bo_session', secure);
export const loginCookieName = (secure: boolean): string => named('bo_login', secure);

/** Lax, so that a link in an alert opens the page; every change needs the CSRF token besides. */
export function sessionCookieOptions(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: 7 * DAY_MS };
}

/** Pairs the login form with the browser that asked for it. */
export function loginCookieOptions(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure, path: '/', maxAge: DAY_MS };
}
