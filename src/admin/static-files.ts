import type { DynamicModule } from '@nestjs/common';
import { ServeStaticModule } from '@nestjs/serve-static';
import { servedFolders } from './client-files.js';

const HOUR_MS = 3_600_000;

/** Stylesheets, scripts and icons: open to anyone, the same for everyone. */
export function staticFiles(): DynamicModule {
  const folders = servedFolders().map((folder) => ({
    ...folder,
    serveStaticOptions: { index: false, redirect: false, fallthrough: false, maxAge: HOUR_MS },
  }));
  return ServeStaticModule.forRoot(...folders);
}
