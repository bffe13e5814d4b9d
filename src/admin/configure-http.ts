import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import type { AppConfig } from '../config/app-config.js';
import { ApiDocs } from './api/api-docs.js';
import { openApiDocument } from './api/openapi.js';
import { describeError } from './failure.filter.js';
import { HttpProblem } from './http-problem.js';
import { chooseLang, langOf } from './lang.js';
import { useViews } from './view-engine.js';

/** Everything of HTTP that is not a route. Call it before the application listens. */
export function configureHttp(app: NestExpressApplication, config: AppConfig): void {
  app.disable('x-powered-by');
  app.use(helmet(helmetOptions(config)));
  app.use(prepareLocals(config));
  if (config.publicHosts.length > 0) app.use(refuseForeignHosts(config.publicHosts));
  app.useBodyParser('json', { limit: '256kb' });
  app.useBodyParser('urlencoded', { limit: '64kb', extended: false });
  useViews(app);
  app.get(ApiDocs).describeWith(() => openApiDocument(app, config.agentVersion));
}

/** Nothing inline, nothing from elsewhere, in nobody's frame. */
function helmetOptions(config: AppConfig): Parameters<typeof helmet>[0] {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // Pico draws its icons as data: images inside its own stylesheet.
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        scriptSrcAttr: ["'none'"],
      },
    },
    // Not `no-referrer`: with that, browsers send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: config.secureCookies,
    // Browsers ignore it over plain http and complain.
    crossOriginOpenerPolicy: config.secureCookies ? { policy: 'same-origin' } : false,
    originAgentCluster: config.secureCookies,
    xFrameOptions: { action: 'deny' },
  };
}

/** What every page shows; Express hands it to the templates. */
function prepareLocals(config: AppConfig) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const lang = chooseLang(request, response, config.lang, config.secureCookies);
    const other = lang === 'en' ? 'es' : 'en';
    const isPageOfOurs = request.method === 'GET';
    Object.assign(response.locals, {
      lang,
      otherLang: other,
      otherLangHref: `${isPageOfOurs ? request.path : '/'}?lang=${other}`,
      path: request.path,
      version: config.agentVersion,
      sameMachine: config.rcloneRemote === null,
      backupsDir: config.localBackupsDir,
    });
    if (!request.path.startsWith('/assets/')) response.setHeader('Cache-Control', 'no-store');
    next();
  };
}

/** Against DNS rebinding: only names that are ours. Health checks come by address. */
function refuseForeignHosts(publicHosts: readonly string[]) {
  const allowed = new Set(publicHosts.map((host) => host.toLowerCase()));
  return (request: Request, response: Response, next: NextFunction): void => {
    const host = (request.headers.host ?? '').toLowerCase();
    const isHealth = request.path === '/healthz' || request.path === '/readyz';
    if (isHealth || allowed.has(host) || allowed.has(host.replace(/:\d+$/, ''))) {
      next();
      return;
    }
    const { status, ...error } = describeError(new HttpProblem('wrong-host'), langOf(response));
    response.status(status).json({ error });
  };
}
