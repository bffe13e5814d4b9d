import type { Request, Response } from 'express';
import { goTo } from '../page.js';
import { hrefOf } from './destination-card.js';
import type { FormPages } from './form-pages.js';
import type { Made } from './save-destination.js';

/** Goes on to what was made, or shows first what is shown only once. */
export function answerMade(forms: FormPages, request: Request, response: Response, made: Made): void {
  if (made.draft !== undefined) {
    response.redirect(303, draftHref(made.draft));
  } else if (made.show === undefined) {
    goTo(response, hrefOf(made.name), 'added');
  } else {
    const { view, page } = made.show;
    const more = { name: made.name, href: hrefOf(made.name), ...page };
    forms.show(request, response, { view, title: made.name, fields: [], typed: {}, kind: null, more });
  }
}

export function draftHref(id: string): string {
  return `/destinations/new/draft/${encodeURIComponent(id)}`;
}
