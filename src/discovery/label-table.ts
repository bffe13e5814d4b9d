import type { SettingName } from '../apps/settings.js';

/** What a label is for, for people. */
interface LabelText {
  help: string;
  fallback: string;
}

/** One label under the prefix. */
export interface LabelDefinition {
  name: string;
  /** The setting it declares; identity labels have none. */
  setting?: SettingName;
  example: string;
  en: LabelText;
  es: LabelText;
}

const label = (
  name: string,
  setting: SettingName | undefined,
  example: string,
  en: [string, string],
  es: [string, string],
): LabelDefinition => ({
  name,
  ...(setting === undefined ? {} : { setting }),
  example,
  en: { help: en[0], fallback: en[1] },
  es: { help: es[0], fallback: es[1] },
});

/** The one table of labels: the parser, the help on pages and docs/labels.md come from it. */
export const LABELS: readonly LabelDefinition[] = [
  label('enable', undefined, 'true', ['Back this container up. Nothing happens without it.', 'false'], ['Copiar este contenedor. Sin ella no ocurre nada.', 'false']),
  label('id', undefined, 'ghost-blog', ['Stable identity, where compose project and service are not.', 'compose project/service, swarm service or container name'], ['Identidad estable, cuando el proyecto y servicio de compose no lo son.', 'proyecto/servicio de compose, servicio de swarm o nombre del contenedor']),
  label('instance', undefined, 'home', ['Only the agent with this INSTANCE_NAME acts.', 'every agent'], ['Solo actúa el agente con este INSTANCE_NAME.', 'todos los agentes']),
  label('name', 'name', 'Ghost blog', ['Display name and stem of file names.', 'the compose service'], ['Nombre visible y raíz de los nombres de fichero.', 'el servicio de compose']),
  label('network', 'network', 'backups_net', ['Network on which the container is asked; must be allowed by the agent.', 'BACKUPS_NETWORK (backups_net)'], ['Red por la que se pregunta al contenedor; el agente debe permitirla.', 'BACKUPS_NETWORK (backups_net)']),
  label('port', 'port', '8080', ['Port of the export endpoint.', 'the only exposed TCP port; several are an error'], ['Puerto del punto de exportación.', 'el único puerto TCP expuesto; varios son un error']),
  label('scheme', 'scheme', 'http', ['http or https.', 'http'], ['http o https.', 'http']),
  label('path', 'path', '/api', ['Base path before /backup/…', 'empty'], ['Ruta base antes de /backup/…', 'vacía']),
  label('url', undefined, 'http://self:8080/api', ['Shorthand for scheme, port and path; the host must be the container itself (self, its name or service).', 'unset'], ['Abreviatura de scheme, port y path; el equipo debe ser el propio contenedor (self, su nombre o servicio).', 'sin definir']),
  label('token-ref', 'tokenRef', 'env:BACKUP_TOKEN', ['Where the token comes from: env:NAME (a variable of this container), secret:name (kept by the agent) or none. Never the token itself.', 'env:BACKUP_TOKEN'], ['De dónde sale el token: env:NOMBRE (variable de este contenedor), secret:nombre (guardado por el agente) o none. Nunca el token.', 'env:BACKUP_TOKEN']),
  label('frequency', 'frequency', 'daily@03:00', ['hourly, daily, weekly, monthly, daily@03:00, weekly@sun-03:00, every 6h, or a cron expression of five fields. Alias: schedule.', 'DEFAULT_FREQUENCY (daily, spread over the night)'], ['hourly, daily, weekly, monthly, daily@03:00, weekly@sun-03:00, every 6h o una expresión cron de cinco campos. Alias: schedule.', 'DEFAULT_FREQUENCY (daily, repartido por la noche)']),
  label('timezone', 'timezone', 'Europe/Madrid', ['Time zone of the schedule and of daily, weekly, monthly.', 'TZ'], ['Zona horaria del horario y de lo diario, semanal y mensual.', 'TZ']),
  label('retention', 'retention', 'daily=7,weekly=4,monthly=6', ['How many copies to keep; also last=, yearly=, min=. Long form: retention.daily and so on. Fewer than before takes effect after 24 hours.', 'DEFAULT_RETENTION (daily=7,weekly=4), min=3'], ['Cuántas copias guardar; también last=, yearly=, min=. Forma larga: retention.daily, etc. Si son menos que antes, se aplica a las 24 horas.', 'DEFAULT_RETENTION (daily=7,weekly=4), min=3']),
  label('destinations', 'destinations', 'gdrive,nas:photos', ['Where copies go: names of rclone remotes, with a folder if you like. One export is sent to all.', 'RCLONE_REMOTE, else the built-in folder'], ['Adónde van las copias: nombres de remotos de rclone, con carpeta si quiere. Una exportación va a todos.', 'RCLONE_REMOTE o, si no, la carpeta incluida']),
  label('drive-folder-id', 'driveFolderId', '1AbCdEfGhIjKlMnOp', ['Google Drive folder id: root of the copies at destinations of that kind, and passed to the app as drive_folder_id.', 'unset'], ['Id de carpeta de Google Drive: raíz de las copias en los destinos de ese tipo, y se pasa a la aplicación como drive_folder_id.', 'sin definir']),
  label('timeout', 'timeoutMs', '30m', ['Longest a run may take; may only lower REQUEST_TIMEOUT_S.', 'REQUEST_TIMEOUT_S'], ['Duración máxima de una ejecución; solo puede reducir REQUEST_TIMEOUT_S.', 'REQUEST_TIMEOUT_S']),
  label('max-size', 'maxSizeBytes', '20gb', ['Largest export; may only lower BACKUP_MAX_SIZE_MB.', 'BACKUP_MAX_SIZE_MB'], ['Exportación máxima; solo puede reducir BACKUP_MAX_SIZE_MB.', 'BACKUP_MAX_SIZE_MB']),
  label('min-size', 'minSizeBytes', '10mb', ['Smallest export; anything below it fails, also an empty one. A bare number is MiB; b, kb, mb, gb, tb.', 'none'], ['Exportación mínima; todo lo que sea menor falla, también si está vacía. Un número solo son MiB; b, kb, mb, gb, tb.', 'ninguna']),
  label('size-change', 'sizeChangePercent', '50', ['A copy whose size is off by more than this percentage is suspicious.', '50'], ['Una copia cuyo tamaño varía más de este porcentaje es sospechosa.', '50']),
  label('blackout', 'blackout', 'mon-fri 08:00-18:00', ['When nothing is started by itself.', 'BLACKOUT'], ['Cuándo no se inicia nada por sí solo.', 'BLACKOUT']),
  label('replicas', 'replicas', 'first', ['first: one app per service, from the lowest healthy replica; all: one app per replica.', 'first'], ['first: una aplicación por servicio, de la réplica sana más baja; all: una por réplica.', 'first']),
  label('notify', 'notify', 'mail,telegram', ['Names of alert channels.', 'all'], ['Nombres de canales de aviso.', 'todos']),
]; // prettier-ignore

/** Other spellings that are accepted, with a hint where people should know. */
export const ALIASES: Readonly<Record<string, { name: string; hint: boolean }>> = {
  enabled: { name: 'enable', hint: true },
  schedule: { name: 'frequency', hint: false },
};

export const RETENTION_LONG_FORM = /^retention\.(last|daily|weekly|monthly|yearly|min)$/;

/** Labels of other tools that share the prefix `backup.`. */
export const OTHER_TOOLS: readonly string[] = [
  'cron',
  'conn',
  'type',
  'database',
  'dest',
  'prefix',
  'webhook',
];
