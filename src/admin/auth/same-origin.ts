import type { Request } from 'express';

/** The usual names of the token, as a form field and as a header. */
export const CSRF_FIELD = '_csrf';
export const CSRF_HEADER = 'x-csrf-token';

/**
 * Whether what the browser says about where the request comes from allows it.
 * Browsers send `Sec-Fetch-Site` or `Origin` with every POST; a program sends neither.
 */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const origin = request.headers.origin;
  if (origin === undefined) return true;
  // Only the host: the scheme differs behind a proxy that ends TLS.
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
}

export function sentCsrfToken(request: Request): string {
  const header = request.headers[CSRF_HEADER];
  if (typeof header === 'string') return header;
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null || !(CSRF_FIELD in body)) return '';
  return typeof body[CSRF_FIELD] === 'string' ? body[CSRF_FIELD] : '';
}
