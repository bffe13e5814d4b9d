import { App } from '../../src/apps/app.entity.js';
import type { AppChange } from '../../src/apps/app-changes.js';

let count = 0;

/** An active app of a label; each test says only what matters to it. */
export function anApp(with_: Partial<App> = {}): App {
  count += 1;
  return Object.assign(new App(), {
    id: `app-${count}`,
    key: `name:app-${count}`,
    slug: `app-${count}`,
    origin: 'label',
    state: 'active',
    declaration: {},
    problems: [],
    containerId: null,
    containerName: null,
    image: null,
    project: null,
    service: null,
    manualUrl: null,
    manualToken: null,
    nextRunAt: null,
    awaySince: null,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    ...with_,
  } satisfies App);
}

/** The apps after the changes: what the database does, without one. */
export function applied(apps: readonly App[], changes: readonly AppChange[]): App[] {
  const fresh = changes.flatMap((change) =>
    change.kind === 'register' ? [anApp({ ...change.fields, key: change.key, slug: change.wantedName })] : [],
  );
  const updated = apps.map((app) => {
    const own = changes.filter((change) => change.kind === 'update' && change.id === app.id);
    return Object.assign(new App(), app, ...own.map(({ fields }) => fields));
  });
  return [...updated, ...fresh];
}
