import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { localRoots } from '../../../destinations/local-places.js';
import { Page } from '../page.js';
import type { Reader } from '../reader.js';
import { formError } from './form-error.js';
import { formView } from './form-view.js';
import type { Typed } from './form-view.js';
import type { Field } from './fields.js';
import type { Kind } from './kinds.js';

/** A form about a destination, before and after something was wrong with it. */
export interface FormPage {
  view: string;
  title: string;
  fields: readonly Field[];
  typed: Typed;
  kind: Kind | null;
  /** What else the view shows. */
  more?: object;
}

/** Draws forms; what was typed stays, but for secrets. */
@Injectable()
export class FormPages {
  constructor(private readonly page: Page) {}

  readerOf(response: Response): Reader {
    return this.page.readerOf(response);
  }

  show(request: Request, response: Response, form: FormPage): void {
    this.draw(request, response, form, null);
  }

  /** @throws what no form can mend */
  refuse(request: Request, response: Response, form: FormPage, error: unknown): void {
    const wrong = formError(error, form, this.readerOf(response));
    response.status(wrong.status);
    this.draw(request, response, form, wrong);
  }

  /** Fields whose choices depend on this agent. */
  fieldsOf(kind: Kind): readonly Field[] {
    const { config } = this.page;
    if (kind.id === 'shared' && config.driveShare.type === 'anyone')
      return kind.fields.map((field) =>
        field.name === 'email'
          ? { name: 'anyone', input: 'checkbox', hint: true, required: true, own: true }
          : field,
      );
    if (kind.id === 'shared' && config.driveShare.type === 'domain')
      return kind.fields.map((field) =>
        field.name === 'email' ? { ...field, input: 'text', text: 'domain' } : field,
      );
    if (kind.id !== 'local') return kind.fields;
    const labels = new Map(config.localDirectories.map(({ label, path }) => [path, label]));
    const choices = localRoots(config).map((value) => {
      const label = labels.get(value);
      return label === undefined ? { value } : { value, label: `${label} – ${value}` };
    });
    return kind.fields.map((field) => (field.name === 'root' ? { ...field, choices } : field));
  }

  private draw(
    request: Request,
    response: Response,
    form: FormPage,
    error: ReturnType<typeof formError> | null,
  ): void {
    const reader = this.readerOf(response);
    this.page.render(request, response, form.view, {
      title: form.title,
      atDestinations: true,
      form: formView(form.fields, form.typed, error, reader),
      ...form.more,
    });
  }
}
