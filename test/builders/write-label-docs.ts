/** Writes docs/labels.md, docs/labels.es.md and docs/labels.schema.json from the table of labels. */
import { writeFileSync } from 'node:fs';
import { labelDocs } from '../../src/discovery/label-docs.js';
import { labelSchema } from '../../src/discovery/label-schema.js';

const at = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);

writeFileSync(at('labels.md'), labelDocs('en'));
writeFileSync(at('labels.es.md'), labelDocs('es'));
writeFileSync(at('labels.schema.json'), `${JSON.stringify(labelSchema(), null, 2)}\n`);
