import { LABELS } from './label-table.js';

const WORDS = {
  en: {
    title: 'Labels',
    lead: 'Generated from the table in `src/discovery/label-table.ts`; do not edit. The prefix is `backup` unless `LABEL_PREFIX` says otherwise.',
    head: ['label', 'example', 'what it does', 'default'],
    rules:
      'Values are trimmed, one pair of quotes inside is removed with a warning, and an empty value means unset. An unknown label under the prefix is shown with "did you mean". A wrong value on a new container makes it `invalid`; on a known app the last good declaration goes on and the app is `degraded`, except for address, network and token, which suspend it. A secret never belongs into a label: everyone can read labels with `docker inspect`.',
    check:
      'Check a compose file before you start it: `npx backup-orchestrator lint docker-compose.yml` (or `docker exec -i backup-orchestrator backup-orchestrator lint - < docker-compose.yml`).',
  },
  es: {
    title: 'Etiquetas',
    lead: 'Generado de la tabla de `src/discovery/label-table.ts`; no lo edite. El prefijo es `backup` salvo que `LABEL_PREFIX` diga otra cosa.',
    head: ['etiqueta', 'ejemplo', 'qué hace', 'por defecto'],
    rules:
      'Los valores se recortan, un par de comillas dentro se quita con un aviso y un valor vacío significa sin definir. Una etiqueta desconocida bajo el prefijo se muestra con la que probablemente se quería. Un valor incorrecto en un contenedor nuevo lo deja `invalid`; en una aplicación conocida sigue la última declaración correcta y queda `degraded`, salvo dirección, red y token, que la suspenden. Un secreto nunca va en una etiqueta: cualquiera puede leerlas con `docker inspect`.',
    check:
      'Compruebe un fichero de compose antes de arrancarlo: `npx backup-orchestrator lint docker-compose.yml` (o `docker exec -i backup-orchestrator backup-orchestrator lint - < docker-compose.yml`).',
  },
} as const;

/** docs/labels.md and docs/labels.es.md, from the one table. */
export function labelDocs(lang: 'en' | 'es'): string {
  const words = WORDS[lang];
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = LABELS.map(
    (label) =>
      `| \`backup.${label.name}\` | \`${cell(label.example)}\` | ${cell(label[lang].help)} | ${cell(label[lang].fallback)} |`,
  );
  const head = `| ${words.head.join(' | ')} |\n| --- | --- | --- | --- |`;
  return `# ${words.title}\n\n${words.lead}\n\n${head}\n${rows.join('\n')}\n\n${words.rules}\n\n${words.check}\n`;
}

/** docs/labels.schema.json: the labels of a service, for editors. */
export function labelSchema(): string {
  const properties = Object.fromEntries(
    LABELS.map((label) => [
      `backup.${label.name}`,
      { type: ['string', 'boolean', 'number'], description: label.en.help, examples: [label.example] },
    ]),
  );
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Labels of Backup Orchestrator',
    type: 'object',
    properties,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
