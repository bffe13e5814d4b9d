import { randomBytes } from 'node:crypto';
import { Body, Controller, Get, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { AppConfig } from '../../config/app-config.js';
import { HttpProblem } from '../http-problem.js';
import { callerOf } from './caller.js';
import { sameText } from './constant-time.js';
import {
  loginCookieName,
  loginCookieOptions,
  readCookies,
  sessionCookieName,
  sessionCookieOptions,
} from './cookies.js';
import { LoginThrottleGuard } from './login-throttle.guard.js';
import { Open } from './open.decorator.js';
import { isSameOrigin, sentCsrfToken } from './same-origin.js';
import { SessionsService } from './sessions.service.js';
import { ApiExcludeController } from '../api/documented.js';

const LOGIN = z.object({
  username: z.string().max(200),
  password: z.string().max(1000),
  next: z.string().max(2000).optional(),
});

/** Only a path of ours: `//host` and `/\host` would lead away. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) && !next.startsWith('/login')
    ? next
    : '/';
}

@ApiExcludeController()
@Controller()
export class LoginController {
  constructor(
    private readonly config: AppConfig,
    private readonly sessions: SessionsService,
    private readonly throttle: LoginThrottleGuard,
  ) {}

  @Open()
  @Get('login')
  form(@Query('next') next: unknown, @Req() request: Request, @Res() response: Response): void {
    this.render(request, response, { next: safeNext(next) });
  }

  @Open()
  @UseGuards(LoginThrottleGuard)
  @Post('login')
  async signIn(@Body() body: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    this.checkOrigin(request);
    const given = LOGIN.safeParse(body);
    const username = given.data?.username ?? '';
    // Both are always compared: an unknown user takes as long as a wrong password.
    const knownUser = sameText(username, this.config.adminUser);
    const rightPassword = sameText(given.data?.password ?? '', this.config.adminPass);
    if (!given.success || !knownUser || !rightPassword) {
      this.render(request, response.status(401), {
        next: safeNext(given.data?.next),
        username,
        refused: true,
      });
      return;
    }
    this.throttle.forgive(request);
    const secure = this.config.secureCookies;
    const id = await this.sessions.begin(this.config.adminUser);
    response.clearCookie(loginCookieName(secure), { ...loginCookieOptions(secure), maxAge: 0 });
    response.cookie(sessionCookieName(secure), id, sessionCookieOptions(secure));
    response.redirect(303, safeNext(given.data.next));
  }

  @Post('logout')
  async signOut(@Res() response: Response): Promise<void> {
    const caller = callerOf(response);
    if (caller?.kind === 'session') await this.sessions.end(caller.idHash);
    const secure = this.config.secureCookies;
    response.clearCookie(sessionCookieName(secure), { ...sessionCookieOptions(secure), maxAge: 0 });
    response.redirect(303, '/login');
  }

  /** Nobody is signed in yet, so the token of the form is compared with a cookie that only this browser has. */
  private checkOrigin(request: Request): void {
    const cookie = readCookies(request)[loginCookieName(this.config.secureCookies)] ?? '';
    if (cookie === '' || !isSameOrigin(request) || !sameText(sentCsrfToken(request), cookie))
      throw new HttpProblem('form-refused');
  }

  private render(request: Request, response: Response, page: object): void {
    const secure = this.config.secureCookies;
    const known = readCookies(request)[loginCookieName(secure)] ?? '';
    const token = /^[\w-]{43}$/.test(known) ? known : randomBytes(32).toString('base64url');
    response.cookie(loginCookieName(secure), token, loginCookieOptions(secure));
    response.render('login', { ...page, loginToken: token });
  }
}
