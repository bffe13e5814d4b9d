import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { AppConfig } from '../../config/app-config.js';
import { HttpProblem } from '../http-problem.js';
import { setCaller } from './caller.js';
import { sameText } from './constant-time.js';
import { readCookies, sessionCookieName } from './cookies.js';
import { OPEN } from './open.decorator.js';
import { isSameOrigin, sentCsrfToken } from './same-origin.js';
import type { Session } from './session.entity.js';
import { SessionsService } from './sessions.service.js';

const READS = ['GET', 'HEAD', 'OPTIONS'];

/** Closes every route that is not `@Open()`, and every change that does not prove where it comes from. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly config: AppConfig,
    private readonly sessions: SessionsService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    if (
      this.reflector.getAllAndOverride<boolean | undefined>(OPEN, [
        context.getHandler(),
        context.getClass(),
      ]) === true
    )
      return true;

    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined && request.path.startsWith('/api/')) {
      this.checkToken(bearer);
      setCaller(response, { kind: 'token' });
      return true;
    }
    const session = await this.sessionOf(request);
    if (session === null) throw new HttpProblem('sign-in-needed');
    setCaller(response, {
      kind: 'session',
      username: session.username,
      csrfToken: session.csrfToken,
      idHash: session.idHash,
    });
    if (!READS.includes(request.method)) checkForm(request, session);
    return true;
  }

  private checkToken(given: string): void {
    // Compared also when there is none, so that the time tells nothing.
    const matches = sameText(given, this.config.apiToken ?? '');
    if (this.config.apiToken === null || !matches) throw new HttpProblem('token-refused');
  }

  private async sessionOf(request: Request): Promise<Session | null> {
    const id = readCookies(request)[sessionCookieName(this.config.secureCookies)];
    return id === undefined || id === '' ? null : this.sessions.find(id);
  }
}

function checkForm(request: Request, session: Session): void {
  if (!isSameOrigin(request) || !sameText(sentCsrfToken(request), session.csrfToken))
    throw new HttpProblem('form-refused');
}
