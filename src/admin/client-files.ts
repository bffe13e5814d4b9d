import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** `client/` lies beside `src/` and `dist/` alike. */
export const CLIENT_DIR = fileURLToPath(new URL('../../client', import.meta.url));
export const VIEWS_DIR = join(CLIENT_DIR, 'views');

const folderOf = (file: string): string => dirname(require.resolve(file));

export interface ServedFolder {
  rootPath: string;
  serveRoot: string;
}

/** What the pages load, all from this machine. The API's reference comes with @nestjs/swagger. */
export function servedFolders(): ServedFolder[] {
  const swaggerUi = dirname(
    createRequire(require.resolve('@nestjs/swagger')).resolve('swagger-ui-dist/package.json'),
  );
  return [
    { rootPath: folderOf('@picocss/pico/css/pico.min.css'), serveRoot: '/assets/vendor/pico' },
    { rootPath: folderOf('htmx.org/dist/htmx.min.js'), serveRoot: '/assets/vendor/htmx' },
    { rootPath: swaggerUi, serveRoot: '/assets/vendor/swagger-ui' },
    { rootPath: join(CLIENT_DIR, 'assets'), serveRoot: '/assets' },
  ];
}
