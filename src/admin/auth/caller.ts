import type { Response } from 'express';

/** Who asks: a browser with a session, or a program with the API token. */
export type Caller =
  { kind: 'session'; username: string; csrfToken: string; idHash: string } | { kind: 'token' };

export function setCaller(response: Response, caller: Caller): void {
  response.locals['caller'] = caller;
  response.locals['signedIn'] = caller.kind === 'session';
  response.locals['csrf'] = caller.kind === 'session' ? caller.csrfToken : '';
}

export function callerOf(response: Response): Caller | null {
  return (response.locals['caller'] as Caller | undefined) ?? null;
}

/** For the audit log. */
export function nameOf(caller: Caller | null): string {
  return caller?.kind === 'session' ? caller.username : 'api';
}
