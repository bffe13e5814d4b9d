import { ALIASES, LABELS } from './label-table.js';
import type { LabelDefinition } from './label-table.js';

/** What JSON schema can say of a value; the parser says the rest. */
const SHAPES: Readonly<Record<string, object>> = {
  enable: { enum: ['true', 'false', true, false] },
  id: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' },
  name: { type: 'string', minLength: 1, maxLength: 100 },
  port: { type: ['string', 'integer'], pattern: '^\\d{1,5}$', minimum: 1, maximum: 65_535 },
  scheme: { enum: ['http', 'https'] },
  path: { type: 'string', pattern: '^(/[A-Za-z0-9._~-]+)*/?$' },
  url: { type: 'string', pattern: '^https?://[A-Za-z0-9][A-Za-z0-9._-]*(:\\d{1,5})?(/[A-Za-z0-9._~/-]*)?$' },
  'token-ref': {
    type: 'string',
    pattern: '^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|secret:[a-z0-9][a-z0-9._-]{0,63}|none)$',
  },
  'size-change': { type: ['string', 'integer'], minimum: 1, maximum: 100 },
  replicas: { enum: ['first', 'all'] },
};

const PART_OF_RETENTION = { type: ['string', 'integer'], pattern: '^\\d{1,4}$', minimum: 0, maximum: 9999 };

/** docs/labels.schema.json: the labels of one service, as a map, for editors. Pure. */
export function labelSchema(): object {
  const properties = LABELS.map((label) => [`backup.${label.name}`, propertyOf(label)]);
  const aliases = Object.entries(ALIASES).map(([alias, { name }]) => [
    `backup.${alias}`,
    { $ref: `#/properties/backup.${name}` },
  ]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Labels of Backup Orchestrator',
    description: 'The map under `labels` of a compose service. Labels of other tools may stand beside them.',
    type: 'object',
    properties: Object.fromEntries([...properties, ...aliases]) as object,
    patternProperties: {
      '^backup\\.retention\\.(last|daily|weekly|monthly|yearly|min)$': PART_OF_RETENTION,
      '^backup\\.(.*[.-])?(token|password|secret)$': false,
    },
  };
}

function propertyOf(label: LabelDefinition): object {
  return {
    ...(SHAPES[label.name] ?? { type: 'string' }),
    description: `${label.en.help} Default: ${label.en.fallback}.`,
    examples: [label.example],
  };
}
