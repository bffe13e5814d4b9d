import { problemText as text } from './problem-text.js';
import type { ProblemText } from './problem-text.js';

/** What can be wrong with a value. */
export const VALUE_PROBLEMS = {
  'flag-invalid': text(
    'error',
    ['This is not a yes or no.', 'Write true or false.'],
    ['Esto no es un sí o no.', 'Escriba true o false.'],
  ),
  'slug-invalid': text(
    'error',
    [
      'The identity may only have a-z, 0-9, dot, dash and underscore, 63 at most.',
      'Write for example my-app.',
    ],
    [
      'La identidad solo admite a-z, 0-9, punto, guion y guion bajo, 63 como máximo.',
      'Escriba por ejemplo mi-app.',
    ],
  ),
  'name-invalid': text(
    'error',
    ['The name is empty, longer than 100 characters or has control characters.', 'Write a short plain name.'],
    [
      'El nombre está vacío, supera 100 caracteres o tiene caracteres de control.',
      'Escriba un nombre corto y simple.',
    ],
  ),
  'port-invalid': text(
    'suspend',
    ['This is not a port.', 'Write a number from 1 to 65535.'],
    ['Esto no es un puerto.', 'Escriba un número de 1 a 65535.'],
  ),
  'port-ambiguous': text(
    'suspend',
    [
      'The container exposes several ports ({ports}), so it is not clear which to ask.',
      'Add {prefix}.port with one of them.',
    ],
    [
      'El contenedor expone varios puertos ({ports}) y no está claro a cuál preguntar.',
      'Añada {prefix}.port con uno de ellos.',
    ],
  ),
  'port-missing': text(
    'suspend',
    ['The container exposes no port.', 'Add {prefix}.port with the port of the export endpoint.'],
    ['El contenedor no expone ningún puerto.', 'Añada {prefix}.port con el puerto del punto de exportación.'],
  ),
  'scheme-invalid': text(
    'suspend',
    ['The scheme is neither http nor https.', 'Write http or https.'],
    ['El esquema no es http ni https.', 'Escriba http o https.'],
  ),
  'path-invalid': text(
    'suspend',
    ['The path is not a plain path.', 'Start with / and use letters, digits and . _ ~ - only.'],
    ['La ruta no es una ruta simple.', 'Empiece con / y use solo letras, cifras y . _ ~ -'],
  ),
  'url-invalid': text(
    'suspend',
    [
      'This is not a plain http or https address.',
      'Write for example http://self:8080, without user, password, query or fragment.',
    ],
    [
      'Esto no es una dirección http o https simple.',
      'Escriba por ejemplo http://self:8080, sin usuario, contraseña, consulta ni fragmento.',
    ],
  ),
  'url-foreign-host': text(
    'suspend',
    [
      'The address points away from the container.',
      'Use self, the name of this container or of its compose service as host.',
    ],
    [
      'La dirección apunta fuera del contenedor.',
      'Use como equipo self, el nombre de este contenedor o el de su servicio de compose.',
    ],
  ),
  'token-ref-invalid': text(
    'suspend',
    [
      'The token reference is not in a known form.',
      'Write env:NAME (a variable of this container), secret:name (kept by the agent) or none.',
    ],
    [
      'La referencia al token no tiene una forma conocida.',
      'Escriba env:NOMBRE (una variable de este contenedor), secret:nombre (guardado por el agente) o none.',
    ],
  ),
  'token-in-label': text(
    'suspend',
    [
      'A label holds a secret; labels can be read by everyone with docker inspect.',
      'Remove the label, put the value into an environment variable of the container and name it with {prefix}.token-ref: env:NAME. Change the secret.',
    ],
    [
      'Una etiqueta contiene un secreto; cualquiera puede leer las etiquetas con docker inspect.',
      'Quite la etiqueta, ponga el valor en una variable de entorno del contenedor y nómbrela con {prefix}.token-ref: env:NOMBRE. Cambie el secreto.',
    ],
  ),
  'token-none': text(
    'warning',
    [
      'The app is asked without a token: everyone on the network can download its export.',
      'Let the app require a token and name it with {prefix}.token-ref.',
    ],
    [
      'A la aplicación se le pregunta sin token: cualquiera en la red puede descargar su exportación.',
      'Haga que la aplicación exija un token e indíquelo con {prefix}.token-ref.',
    ],
  ),
  'token-not-allowed': text(
    'suspend',
    [
      'This app may not use the secret {secret}; nothing was sent.',
      'Name the secret after the compose project or service, or approve the pair on the Secrets page.',
    ],
    [
      'Esta aplicación no puede usar el secreto {secret}; no se envió nada.',
      'Ponga al secreto el nombre del proyecto o servicio de compose, o apruebe la pareja en la página Secretos.',
    ],
  ),
  'secret-missing': text(
    'suspend',
    [
      'The agent keeps no secret named {secret}, so it has no token to ask with.',
      'Add it on the Secrets page, as a file in SECRETS_DIR, or as BACKUP_TOKEN_<NAME> in the environment of the agent.',
    ],
    [
      'El agente no guarda ningún secreto llamado {secret}, así que no tiene token con el que preguntar.',
      'Añádalo en la página Secretos, como fichero en SECRETS_DIR, o como BACKUP_TOKEN_<NOMBRE> en el entorno del agente.',
    ],
  ),
  'secret-name-invalid': text(
    'error',
    ['This is not a name for a secret.', 'Use a-z, 0-9, dots, dashes and underscores; 1 to 64 characters.'],
    [
      'Esto no es un nombre para un secreto.',
      'Use a-z, 0-9, puntos, guiones y guiones bajos; de 1 a 64 caracteres.',
    ],
  ),
  'secret-value-invalid': text(
    'error',
    [
      'The value is empty, longer than 4,096 characters, or has a line break or another character that no header can carry.',
      'Paste the token alone.',
    ],
    [
      'El valor está vacío, pasa de 4.096 caracteres, o tiene un salto de línea u otro carácter que ninguna cabecera admite.',
      'Pegue solo el token.',
    ],
  ),
  'frequency-invalid': text(
    'error',
    [
      'This is not a frequency.',
      'Write hourly, daily, weekly, monthly, daily@03:00, weekly@sun-03:00, every 6h or a cron expression of five fields.',
    ],
    [
      'Esto no es una frecuencia.',
      'Escriba hourly, daily, weekly, monthly, daily@03:00, weekly@sun-03:00, every 6h o una expresión cron de cinco campos.',
    ],
  ),
  'blackout-invalid': text(
    'error',
    [
      'This is not a list of blackout windows.',
      'Write for example 22:00-06:00 or mon-fri 08:00-18:00,sat 09:00-12:00.',
    ],
    [
      'Esto no es una lista de ventanas sin copias.',
      'Escriba por ejemplo 22:00-06:00 o mon-fri 08:00-18:00,sat 09:00-12:00.',
    ],
  ),
  'timezone-invalid': text(
    'error',
    ['This is not an IANA time zone.', 'Write for example Europe/Madrid.'],
    ['Esto no es una zona horaria IANA.', 'Escriba por ejemplo Europe/Madrid.'],
  ),
  'retention-invalid': text(
    'error',
    [
      'This is not a retention policy.',
      'Write for example daily=7,weekly=4,monthly=6; also last=, yearly= and min=.',
    ],
    [
      'Esto no es una política de retención.',
      'Escriba por ejemplo daily=7,weekly=4,monthly=6; también last=, yearly= y min=.',
    ],
  ),
  'destinations-invalid': text(
    'error',
    [
      'This is not a list of destinations.',
      'Write names of rclone remotes, with a folder if you like: gdrive,nas:photos.',
    ],
    [
      'Esto no es una lista de destinos.',
      'Escriba nombres de remotos de rclone, con carpeta si quiere: gdrive,nas:fotos.',
    ],
  ),
  'duration-invalid': text(
    'error',
    ['This is not a duration.', 'Write for example 90s, 30m or 2h.'],
    ['Esto no es una duración.', 'Escriba por ejemplo 90s, 30m o 2h.'],
  ),
  'size-invalid': text(
    'error',
    ['This is not a size.', 'Write for example 500mb or 20gb.'],
    ['Esto no es un tamaño.', 'Escriba por ejemplo 500mb o 20gb.'],
  ),
  'percent-invalid': text(
    'error',
    ['This is not a percentage from 1 to 100.', 'Write for example 50.'],
    ['Esto no es un porcentaje de 1 a 100.', 'Escriba por ejemplo 50.'],
  ),
  'replicas-invalid': text(
    'error',
    ['This is neither first nor all.', 'Write first or all.'],
    ['Esto no es first ni all.', 'Escriba first o all.'],
  ),
  'notify-invalid': text(
    'error',
    ['This is not a list of channel names.', 'Write names with a-z, 0-9 and dashes, separated by commas.'],
    [
      'Esto no es una lista de nombres de canales.',
      'Escriba nombres con a-z, 0-9 y guiones, separados por comas.',
    ],
  ),
  'drive-folder-invalid': text(
    'error',
    ['This is not a Google Drive folder id.', 'Copy the last part of the folder’s address.'],
    ['Esto no es un id de carpeta de Google Drive.', 'Copie la última parte de la dirección de la carpeta.'],
  ),
} as const satisfies Record<string, ProblemText>;
