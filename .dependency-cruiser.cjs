/** Imports only go down the ranks; siblings are strangers. See docs/adr/0004-layout.md. */
const ranks = [
  ['admin', 'cli', 'ops'],
  ['schedule', 'discovery', 'restore'],
  ['backups'],
  ['apps', 'exporters', 'destinations', 'retention', 'alerts'],
  ['docker', 'db'],
  ['core', 'config'],
];
const folders = (names) => `^src/(${names.join('|')})/`;

const upward = ranks.slice(1).map((lower, index) => ({
  name: `not-up-from-${lower[0]}`,
  severity: 'error',
  comment: 'a lower rank must not know a higher one',
  from: { path: folders(lower) },
  to: { path: folders(ranks.slice(0, index + 1).flat()) },
}));

// `apps` is the noun its neighbours may name; `config` and `core` serve each other's rank.
const siblings = ranks.slice(0, 5).map((rank) => ({
  name: `no-siblings-${rank[0]}`,
  severity: 'error',
  comment: 'siblings do not know each other',
  from: { path: `^src/(${rank.join('|')})/` },
  to: { path: folders(rank), pathNot: ['^src/$1/', ...(rank.includes('apps') ? ['^src/apps/'] : [])] },
}));

const only = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: from },
  to: { path: to },
});

const pure = [
  'src/discovery/labels.ts',
  'src/discovery/reconcile.ts',
  'src/retention/plan-retention.ts',
  'src/schedule/next-run.ts',
  'src/apps/effective-settings.ts',
  'src/alerts/alert.ts',
];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...upward,
    ...siblings,
    only('one-door-to-dockerode', '^src/docker/dockerode[.]gateway[.]ts$', 'node_modules/dockerode/'),
    only('one-door-to-processes', '^src/core/process[.]ts$', '^(node:)?child_process$'),
    {
      name: 'pure-stays-pure',
      severity: 'error',
      from: { path: `^(${pure.map((file) => file.replaceAll('.', '[.]')).join('|')})$` },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'rxjs-at-the-edge',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(docker|discovery|admin/live|admin/api)/' },
      to: { path: 'node_modules/rxjs/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '[.](spec|contract|fixture)[.]ts$' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js'],
    },
  },
};
