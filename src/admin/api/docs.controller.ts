import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ApiDocs } from './api-docs.js';
import { ApiExcludeController } from './documented.js';

/** Swagger UI sets styles from its script; everything else stays closed. */
const DOCS_CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

@ApiExcludeController()
@Controller('api')
export class DocsController {
  constructor(private readonly docs: ApiDocs) {}

  @Get('docs')
  page(@Res() response: Response): void {
    response.setHeader('Content-Security-Policy', DOCS_CSP);
    response.render('api-docs', { layout: false });
  }

  @Get('openapi.json')
  json(): Promise<object> {
    return this.docs.document();
  }
}
