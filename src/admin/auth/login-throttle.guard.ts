import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Clock } from '../../core/clock.js';
import { HttpProblem } from '../http-problem.js';
import { Attempts } from './attempts.js';

const WINDOW_MS = 5 * 60_000;
const PER_ADDRESS = 10;
/** Against many addresses at once; wide, so that one guesser does not lock the owner out. */
const OVER_ALL = 60;

/** Slows guessing of the password down. */
@Injectable()
export class LoginThrottleGuard implements CanActivate {
  private readonly perAddress: Attempts;
  private readonly overAll: Attempts;

  constructor(clock: Clock) {
    this.perAddress = new Attempts(clock, PER_ADDRESS, WINDOW_MS);
    this.overAll = new Attempts(clock, OVER_ALL, WINDOW_MS);
  }

  /** @throws HttpProblem too-many-attempts */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const own = this.perAddress.take(addressOf(request));
    // An address that is stopped already must not use up what is there for the others.
    const waitMs = own > 0 ? own : this.overAll.take('all');
    if (waitMs === 0) return true;
    context
      .switchToHttp()
      .getResponse<Response>()
      .setHeader('Retry-After', String(Math.ceil(waitMs / 1000)));
    throw new HttpProblem('too-many-attempts');
  }

  /** Someone who knows the password was not guessing. */
  forgive(request: Request): void {
    this.perAddress.forget(addressOf(request));
  }
}

/** IPv6 by /64: that much belongs to anyone. */
function addressOf(request: Request): string {
  const ip = request.ip ?? '';
  return ip.includes(':') && !ip.startsWith('::ffff:') ? ip.split(':').slice(0, 4).join(':') : ip;
}
