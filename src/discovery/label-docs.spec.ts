import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { labelDocs } from './label-docs.js';
import { labelSchema } from './label-schema.js';
import { ALIASES, LABELS } from './label-table.js';
import { readLabels } from './labels.js';

const docs = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const STALE = 'written again by: npx tsx test/builders/write-label-docs.ts';

interface Schema {
  properties: Record<string, { pattern?: string; enum?: unknown[]; $ref?: string }>;
  patternProperties: Record<string, unknown>;
}

describe('the pages about labels', () => {
  it.each(['labels.md', 'labels.es.md'])(
    `docs/%s is what the table says, else it is to be ${STALE}`,
    (name) => {
      expect(docs(name)).toBe(labelDocs(name.includes('.es.') ? 'es' : 'en'));
    },
  );

  it(`docs/labels.schema.json is what the table says, else it is to be ${STALE}`, () => {
    expect(JSON.parse(docs('labels.schema.json'))).toEqual(labelSchema());
  });

  it('have a row for every label, in both languages', () => {
    for (const { name } of LABELS)
      for (const lang of ['en', 'es'] as const) expect(labelDocs(lang)).toContain(`| \`backup.${name}\` |`);
  });

  it('show an example that is read without a problem', () => {
    const lines = /labels:\n([\s\S]*?)\n {4}networks/.exec(labelDocs('en'))?.[1]?.split('\n') ?? [];
    const labels = Object.fromEntries(
      lines.map((line) => line.trim().split(': ')).map(([name, value]) => [name, value?.replaceAll('"', '')]),
    );
    expect(readLabels(labels, 'backup', [])).toMatchObject({ enabled: true, problems: [] });
  });
});

describe('the schema', () => {
  const { properties, patternProperties } = labelSchema() as Schema;

  it('agrees with the parser on every example', () => {
    for (const { name, example } of LABELS) {
      const shape = properties[`backup.${name}`];
      if (shape?.pattern !== undefined) expect(example).toMatch(new RegExp(shape.pattern));
      if (shape?.enum !== undefined) expect(shape.enum).toContain(example);
    }
  });

  it('has the aliases, and no place for a secret', () => {
    for (const [alias, { name }] of Object.entries(ALIASES))
      expect(properties[`backup.${alias}`]?.$ref).toBe(`#/properties/backup.${name}`);
    const refused = Object.entries(patternProperties).filter(([, shape]) => shape === false);
    for (const name of ['backup.token', 'backup.db.password', 'backup.my-secret'])
      expect(refused.some(([pattern]) => new RegExp(pattern).test(name))).toBe(true);
    expect(refused.some(([pattern]) => new RegExp(pattern).test('backup.token-ref'))).toBe(false);
  });
});
