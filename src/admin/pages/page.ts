import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../core/clock.js';
import { langOf } from '../lang.js';
import { say } from '../texts.js';
import { Reader } from './reader.js';

/** What a redirect may say on the next page: a code in the address, never a text. */
export const FLASHES = [
  'started', 'cancelled', 'pinned', 'unpinned', 'accepted', 'checked', 'pruned', 'saved', 'reset',
  'approve', 'pause', 'resume', 'archive', 'unarchive', 'appAdded', 'changed', 'removed',
  'secretKept', 'secretRemoved', 'granted', 'withdrawn',
  'looked', 'adopted', 'added', 'destinationSaved', 'renamed', 'moved', 'forgotten', 'draftGone', 'deleted', 'imported', 'marked',
] as const; // prettier-ignore
export type Flash = (typeof FLASHES)[number];

/** Renders templates with what every page needs besides its own. */
@Injectable()
export class Page {
  constructor(
    readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  readerOf(response: Response): Reader {
    return new Reader(langOf(response), this.config.timezone, this.clock.now());
  }

  render(request: Request, response: Response, view: string, page: object): void {
    const done = FLASHES.find((code) => code === request.query['done']);
    const flash =
      done === undefined ? {} : { flash: say(langOf(response), `flash.${done}`), flashKind: 'ok' };
    response.render(view, { ...flash, ...page });
  }

  /** A part of a page, for htmx. */
  fragment(response: Response, view: string, page: object): void {
    response.render(`partials/${view}`, { ...page, layout: false });
  }
}

/** Post, redirect, get: a reload repeats nothing. */
export function goTo(response: Response, path: string, done: Flash): void {
  response.redirect(303, `${path}?done=${done}`);
}
