/** The words around the table of labels. */
interface LabelPage {
  before: string;
  columns: readonly string[];
  after: (otherTools: string) => string;
}

const EXAMPLE = `\`\`\`yaml
services:
  blog:
    image: my-blog
    environment:
      BACKUP_TOKEN: \${BLOG_BACKUP_TOKEN}
    labels:
      backup.enable: "true"
      backup.port: "8080"
      backup.frequency: daily@03:00
      backup.retention: daily=7,weekly=4,monthly=6
      backup.destinations: gdrive,nas:blog
    networks: [default, backups_net]

networks:
  backups_net:
    external: true
    name: backups_net
\`\`\``;

export const LABEL_PAGE: Readonly<Record<'en' | 'es', LabelPage>> = {
  en: {
    before: `# Labels

<!-- Made from src/discovery/label-table.ts by: npx tsx test/builders/write-label-docs.ts -->

Put them on a service, and the service on the network \`backups_net\`; that is all the agent needs.

${EXAMPLE}
`,
    columns: ['Label', 'What it says', 'Default', 'Example'],
    after: (otherTools) => `## How values are read

- \`true\`, \`1\`, \`yes\` and \`on\` in any case mean yes; \`false\`, \`0\`, \`no\` and \`off\` mean no. Anything else is an error, not a guess.
- Space around a value is dropped. One pair of quotes inside the value is dropped with a warning. An empty value is the same as no label.
- Names are lower case. An unknown name under the prefix is a warning with what was probably meant.
- In a list of labels write \`- backup.enable=true\`; in a map \`backup.enable: "true"\`. \`- "backup.enable: true"\` is a name without a value, and is reported.
- \`backup.enabled\` is accepted for \`backup.enable\`, \`backup.schedule\` for \`backup.frequency\`, and \`backup.retention.daily\` (\`last\`, \`weekly\`, \`monthly\`, \`yearly\`, \`min\`) for the parts of \`backup.retention\`, over which they win.
- A value may have 4 KiB, and 64 labels under the prefix are read.
- The prefix is \`LABEL_PREFIX\` of the agent. Labels of other tools under it (${otherTools}) are left alone, with a warning.
- In a swarm, put them under \`labels:\` of the service, not under \`deploy.labels\`: only the former reach the container.

## Secrets

Everyone who may run \`docker inspect\` can read labels. A label that holds a secret (\`backup.token\`, a name with \`password\` or \`secret\`, a user or password in \`backup.url\`) is refused, and its
value is neither stored nor shown. \`backup.token-ref\` only says where the token is: \`env:NAME\` reads that variable of the container itself, so a container can only ever receive its own
token; \`secret:name\` is kept by the agent and is sent only where the name is that of the compose project or service.

## When something is wrong

Every problem is shown with its fix on the page Discovery, in \`GET /api/discovery\` and once in the log.

| What | New container | Known app |
| --- | --- | --- |
| A value that cannot be read | \`invalid\`: listed, not backed up | \`degraded\`: goes on with the last good labels |
| Network, port, address or token | \`invalid\` | \`suspended\`: not asked until it is put right |
| A warning or hint | is backed up | is backed up |

Check a compose file before you start it: \`npx backup-orchestrator lint docker-compose.yml\` (or \`docker exec -i backup-orchestrator backup-orchestrator lint - < docker-compose.yml\`).

## Identity

An app is \`backup.id\` if there is one, else the swarm service, else project and service of compose, else the container's name. It keeps its history through recreation, rename and a new container id.
Containers of \`docker compose run\` are left out. Of several replicas the lowest healthy one is asked, unless \`backup.replicas\` is \`all\`. Two different services with one \`backup.id\` are a conflict: the
first keeps it, both are shown, and the other gets it only when the first has been gone for \`MISSING_GRACE_S\`.

Labels that come with an image are ignored unless \`ALLOW_IMAGE_LABELS=true\`. A label that asks to keep fewer copies than before takes effect after 24 hours.

For editors there is a JSON schema of the labels: [labels.schema.json](labels.schema.json).
`,
  },
  es: {
    before: `# Etiquetas

<!-- Hecho de src/discovery/label-table.ts con: npx tsx test/builders/write-label-docs.ts -->

Póngalas en un servicio, y el servicio en la red \`backups_net\`; el agente no necesita más.

${EXAMPLE}
`,
    columns: ['Etiqueta', 'Qué dice', 'Por defecto', 'Ejemplo'],
    after: (otherTools) => `## Cómo se leen los valores

- \`true\`, \`1\`, \`yes\` y \`on\`, en mayúsculas o minúsculas, significan sí; \`false\`, \`0\`, \`no\` y \`off\`, no. Lo demás es un error, no una suposición.
- Se quitan los espacios alrededor. Un par de comillas dentro del valor se quita con un aviso. Un valor vacío es como no poner la etiqueta.
- Los nombres van en minúsculas. Un nombre desconocido bajo el prefijo es un aviso con lo que seguramente se quería decir.
- En una lista de etiquetas escriba \`- backup.enable=true\`; en un mapa, \`backup.enable: "true"\`. \`- "backup.enable: true"\` es un nombre sin valor, y se notifica.
- Se acepta \`backup.enabled\` por \`backup.enable\`, \`backup.schedule\` por \`backup.frequency\`, y \`backup.retention.daily\` (\`last\`, \`weekly\`, \`monthly\`, \`yearly\`, \`min\`) por las partes de \`backup.retention\`, a las que ganan.
- Un valor puede tener 4 KiB, y se leen 64 etiquetas bajo el prefijo.
- El prefijo es \`LABEL_PREFIX\` del agente. Las etiquetas de otras herramientas bajo él (${otherTools}) no se tocan, con un aviso.
- En un swarm, póngalas en \`labels:\` del servicio y no en \`deploy.labels\`: solo las primeras llegan al contenedor.

## Secretos

Quien pueda ejecutar \`docker inspect\` puede leer las etiquetas. Una etiqueta con un secreto (\`backup.token\`, un nombre con \`password\` o \`secret\`, un usuario o contraseña en \`backup.url\`) se rechaza, y su
valor ni se guarda ni se muestra. \`backup.token-ref\` solo dice dónde está el token: \`env:NOMBRE\` lee esa variable del propio contenedor, así que un contenedor solo puede recibir su propio
token; \`secret:nombre\` lo guarda el agente y solo se envía donde el nombre es el del proyecto o servicio de compose.

## Cuando algo está mal

Cada problema se muestra con su solución en la página Descubrimiento, en \`GET /api/discovery\` y una vez en el registro.

| Qué | Contenedor nuevo | Aplicación conocida |
| --- | --- | --- |
| Un valor que no se puede leer | \`invalid\`: aparece, no se copia | \`degraded\`: sigue con las últimas etiquetas buenas |
| Red, puerto, dirección o token | \`invalid\` | \`suspended\`: no se le pregunta hasta corregirlo |
| Un aviso o una pista | se copia | se copia |

Compruebe un fichero de compose antes de arrancarlo: \`npx backup-orchestrator lint docker-compose.yml\` (o \`docker exec -i backup-orchestrator backup-orchestrator lint - < docker-compose.yml\`).

## Identidad

Una aplicación es \`backup.id\` si lo hay; si no, el servicio de swarm; si no, el proyecto y servicio de compose; si no, el nombre del contenedor. Conserva su historial al recrearse, cambiar de nombre o de id de contenedor.
Los contenedores de \`docker compose run\` se dejan fuera. De varias réplicas se pregunta a la sana más baja, salvo que \`backup.replicas\` sea \`all\`. Dos servicios distintos con un mismo \`backup.id\` son un conflicto: el
primero lo conserva, se muestran ambos, y el otro solo lo recibe cuando el primero lleva fuera \`MISSING_GRACE_S\`.

Las etiquetas que vienen con una imagen se ignoran salvo con \`ALLOW_IMAGE_LABELS=true\`. Una etiqueta que pide guardar menos copias que antes se aplica a las 24 horas.

Para editores hay un esquema JSON de las etiquetas: [labels.schema.json](labels.schema.json).
`,
  },
};
