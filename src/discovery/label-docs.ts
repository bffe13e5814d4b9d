import { LABELS, OTHER_TOOLS } from './label-table.js';
import type { LabelDefinition } from './label-table.js';
import { LABEL_PAGE } from './label-page.js';

type Lang = 'en' | 'es';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** docs/labels.md or docs/labels.es.md, from the table. Pure. */
export function labelDocs(lang: Lang): string {
  const page = LABEL_PAGE[lang];
  const rows = LABELS.map((label) => row(label, lang));
  return [
    page.before,
    `| ${page.columns.join(' | ')} |`,
    `| ${page.columns.map(() => '---').join(' | ')} |`,
    ...rows,
    '',
    page.after(OTHER_TOOLS.map((name) => `\`backup.${name}\``).join(', ')),
  ].join('\n');
}

function row(label: LabelDefinition, lang: Lang): string {
  const { help, fallback } = label[lang];
  return `| \`backup.${label.name}\` | ${cell(help)} | ${cell(fallback)} | \`${cell(label.example)}\` |`;
}
