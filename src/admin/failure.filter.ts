import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { FAILURE_TEXTS } from '../core/failure-texts.js';
import { asFailure } from '../core/failure.js';
import { DestinationRefusal } from '../destinations/destination-refusal.js';
import { FAILURE_STATUS } from './failure-status.js';
import { HttpProblem } from './http-problem.js';
import { langOf } from './lang.js';
import type { Lang } from './lang.js';
import type { HttpProblemCode } from './problem-texts.js';
import { describeRefusal } from './refusal-answers.js';

export interface Answer {
  status: number;
  code: string;
  message: string;
  hint: string;
  fields?: { field: string; message: string }[];
}

/** What Express, body parsers and Nest itself throw. */
const BY_STATUS: Record<number, HttpProblemCode> = {
  400: 'body-invalid',
  404: 'not-found',
  413: 'body-too-large',
};

/** Whatever was thrown, as one answer. Pure. */
export function describeError(error: unknown, lang: Lang): Answer {
  if (error instanceof HttpProblem) {
    const answer = { status: error.status, code: error.code, ...error.describe(lang) };
    if (error.fields.length === 0) return answer;
    return {
      ...answer,
      fields: error.fields.map((problem) => ({ field: problem.field, message: problem[lang] })),
    };
  }
  const failure = asFailure(error);
  if (failure.code !== 'internal') {
    const { says, hint } = FAILURE_TEXTS[failure.code][lang];
    return {
      status: FAILURE_STATUS[failure.code],
      code: failure.code,
      message: failure.detail === '' ? says : `${says} (${failure.detail})`,
      hint,
    };
  }
  if (error instanceof DestinationRefusal) return describeRefusal(error, lang);
  const status = statusOf(error);
  if (status >= 400 && status < 500)
    return describeError(new HttpProblem(BY_STATUS[status] ?? 'request-invalid'), lang);
  // What we did not foresee may carry anything, so it goes to the log only.
  return {
    status: 500,
    code: 'internal',
    message: FAILURE_TEXTS.internal[lang].says,
    hint: FAILURE_TEXTS.internal[lang].hint,
  };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error === 'object' && error !== null && 'statusCode' in error) return Number(error.statusCode);
  return 500;
}

/** Programs get JSON; browsers get a page, or the way to sign in. */
export function wantsJson(request: Request): boolean {
  return /^\/(api\/(?!docs$)|healthz$|readyz$)/.test(request.path) || request.accepts('html') === false;
}

@Catch()
export class FailureFilter implements ExceptionFilter {
  private readonly logger = new Logger(FailureFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const answer = describeError(error, langOf(response));
    if (answer.status >= 500 && answer.code === 'internal')
      this.logger.error(asFailure(error).message, error instanceof Error ? error.stack : undefined);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (answer.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="backup-orchestrator"');
    if (wantsJson(request)) {
      const { status, ...body } = answer;
      response.status(status).json({ error: body });
    } else if (answer.code === 'sign-in-needed') {
      toLogin(request, response);
    } else {
      response.status(answer.status).render('error', { answer });
    }
  }
}

function toLogin(request: Request, response: Response): void {
  const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.originalUrl)}` : '';
  // A fragment that htmx fetched must not be replaced by the login form.
  if (request.headers['hx-request'] === 'true') response.status(401).setHeader('HX-Redirect', '/login').end();
  else response.redirect(303, `/login${next === '?next=%2F' ? '' : next}`);
}
