import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import hbs from 'hbs';
import { VIEWS_DIR } from './client-files.js';
import type { Lang } from './lang.js';
import { say } from './texts.js';

interface HelperOptions {
  hash: Record<string, string | number>;
  data: { root: { lang?: Lang } };
}

/** Handlebars with our partials and the one helper that says a text in the reader's language. */
export function useViews(app: NestExpressApplication): void {
  const engine = hbs.create();
  const partials = join(VIEWS_DIR, 'partials');
  for (const file of readdirSync(partials)) {
    engine.registerPartial(basename(file, '.hbs'), readFileSync(join(partials, file), 'utf8'));
  }
  engine.registerHelper('t', (key: string, options: HelperOptions) =>
    say(options.data.root.lang ?? 'en', key, options.hash),
  );
  app.engine('hbs', (path: string, options: object, done: (error: unknown, html?: string) => void) => {
    engine.__express(path, options, done);
  });
  app.setBaseViewsDir(VIEWS_DIR);
  app.setViewEngine('hbs');
  app.set('view cache', true);
}
