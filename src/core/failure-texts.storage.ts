import { failureText as text } from './failure-text.js';
import type { FailureText } from './failure-text.js';

/** What can go wrong between the agent and a destination, and in the agent itself. */
export const STORAGE_FAILURES = {
  'destination-not-configured': text(
    'never',
    [
      'The destination is not configured.',
      'Add it on the page Destinations, or with rclone config (docker exec -it backup-orchestrator rclone config), under exactly that name; or change RCLONE_REMOTE or backup.destinations.',
    ],
    [
      'El destino no está configurado.',
      'Añádalo en la página Destinos, o con rclone config (docker exec -it backup-orchestrator rclone config), justo con ese nombre; o cambie RCLONE_REMOTE o backup.destinations.',
    ],
  ),
  'destination-changed': text(
    'later',
    [
      'The destination does not hold the marker that the agent left there.',
      'A disk may be unmounted or the remote points elsewhere. Nothing was written or deleted; bring the old folder back, or, if it is gone for good, mark it again on the page of the destination (What lies there).',
    ],
    [
      'El destino no contiene la marca que dejó el agente.',
      'Puede que un disco no esté montado o que el remoto apunte a otro sitio. No se escribió ni borró nada; recupere la carpeta anterior o, si ya no existe, vuelva a marcarla en la página del destino (Qué hay allí).',
    ],
  ),
  'destination-owned': text(
    'never',
    [
      'The folder at the destination belongs to another agent.',
      'Give each agent a folder of its own. If that agent is gone for good, take its folder over on the page of the destination (What lies there). Nothing was written or deleted.',
    ],
    [
      'La carpeta del destino pertenece a otro agente.',
      'Dé a cada agente su propia carpeta. Si ese agente ya no existe, tome su carpeta en la página del destino (Qué hay allí). No se escribió ni borró nada.',
    ],
  ),
  'destination-full': text(
    'later',
    [
      'The destination is full.',
      'Free space there or choose another destination. Older copies were not touched.',
    ],
    ['El destino está lleno.', 'Libere espacio o elija otro destino. Las copias anteriores no se tocaron.'],
  ),
  'agent-disk-full': text(
    'later',
    [
      'The agent’s own disk is full.',
      'Free space where DATA_DIR lies: the database and the temporary files of rclone are there. Copies at destinations are not touched.',
    ],
    [
      'El disco del propio agente está lleno.',
      'Libere espacio donde está DATA_DIR: allí están la base de datos y los archivos temporales de rclone. Las copias de los destinos no se tocan.',
    ],
  ),
  'destination-auth': text(
    'never',
    [
      'The destination refused our credentials.',
      'Correct user, key or password on the destination’s page, or with rclone config.',
    ],
    [
      'El destino rechazó nuestras credenciales.',
      'Corrija usuario, clave o contraseña en la página del destino, o con rclone config.',
    ],
  ),
  'destination-expired': text(
    'never',
    [
      'The authorisation of the destination has expired or was withdrawn.',
      'Authorise it again on its page; an OAuth app of Google in “Testing” forgets it after 7 days.',
    ],
    [
      'La autorización del destino ha caducado o se ha retirado.',
      'Vuelva a autorizarlo en su página; una app OAuth de Google en «Testing» la olvida a los 7 días.',
    ],
  ),
  'destination-host-key': text(
    'never',
    [
      'The server does not show the fingerprint that was accepted.',
      'Somebody may stand in between. If the server was set up anew, accept its new fingerprint on the destination’s page.',
    ],
    [
      'El servidor no muestra la huella que se aceptó.',
      'Puede que alguien se haya interpuesto. Si el servidor se reinstaló, acepte la huella nueva en la página del destino.',
    ],
  ),
  'destination-busy': text(
    'later',
    [
      'The destination asks for fewer requests.',
      'It is tried again later by itself; with Google Drive, a client id of your own helps.',
    ],
    [
      'El destino pide menos peticiones.',
      'Se reintentará más tarde; en Google Drive ayuda un identificador de cliente propio.',
    ],
  ),
  'destination-daily-limit': text(
    'later',
    [
      'The account has reached what it may upload in a day.',
      'Google Drive takes 750 GB a day; it goes on by itself tomorrow.',
    ],
    [
      'La cuenta ha llegado a lo que puede subir en un día.',
      'Google Drive acepta 750 GB al día; seguirá por sí solo mañana.',
    ],
  ),
  'destination-nearly-full': text(
    'later',
    [
      'The destination is nearly full.',
      'Free space there, keep fewer copies or choose another destination before it is full.',
    ],
    [
      'El destino está casi lleno.',
      'Libere espacio, guarde menos copias o elija otro destino antes de que se llene.',
    ],
  ),
  'destination-unreachable': text(
    'later',
    ['The destination cannot be reached.', 'Check the network and the host of the remote.'],
    ['No se puede contactar con el destino.', 'Compruebe la red y el equipo del remoto.'],
  ),
  'destination-error': text(
    'later',
    ['The destination answered with an error.', 'rclone’s own message is in the run.'],
    ['El destino respondió con un error.', 'El mensaje de rclone está en la ejecución.'],
  ),
  'object-exists': text(
    'later',
    ['An object of that name exists already and is never overwritten.', 'The next run uses another name.'],
    ['Ya existe un objeto con ese nombre y nunca se sobrescribe.', 'La próxima ejecución usará otro nombre.'],
  ),
  'verify-mismatch': text(
    'later',
    [
      'What the destination holds is not what was sent.',
      'The copy was removed; check the disk or the provider if it happens again.',
    ],
    [
      'Lo que guarda el destino no es lo que se envió.',
      'La copia se eliminó; revise el disco o el proveedor si se repite.',
    ],
  ),
  'rclone-unavailable': text(
    'later',
    ['rclone is not running.', 'Check that rclone is installed (RCLONE_BINARY) and look at the agent’s log.'],
    [
      'rclone no está en marcha.',
      'Compruebe que rclone está instalado (RCLONE_BINARY) y revise el registro del agente.',
    ],
  ),
  'copy-missing': text(
    'never',
    [
      'The copy is no longer at the destination.',
      'Choose another copy; this one was deleted or moved outside the agent.',
    ],
    ['La copia ya no está en el destino.', 'Elija otra copia; esta se borró o movió fuera del agente.'],
  ),
  'copy-corrupt': text(
    'never',
    [
      'The copy at the destination is not what was stored there.',
      'Choose another copy, and check the disk or the provider; if it was repaired, verify this one again.',
    ],
    [
      'La copia del destino no es la que se guardó allí.',
      'Elija otra copia y revise el disco o el proveedor; si se reparó, vuelva a verificar esta.',
    ],
  ),
  'prune-refused': text(
    'never',
    [
      'Old copies were not deleted because the listing did not look right.',
      'Compare the folder with the list of backups; nothing was deleted.',
    ],
    [
      'No se borraron copias antiguas porque el listado no parecía correcto.',
      'Compare la carpeta con la lista de copias; no se borró nada.',
    ],
  ),
  'prune-brake': text(
    'never',
    [
      'More copies than usual would be deleted, so a person must agree.',
      'Look at the retention preview of the app and start the pruning by hand.',
    ],
    [
      'Se borrarían más copias de lo habitual, así que debe aceptarlo una persona.',
      'Mire la vista previa de retención de la aplicación e inicie la limpieza a mano.',
    ],
  ),
  'app-not-active': text(
    'never',
    ['The app is not in a state to be backed up.', 'Its page says why and what to correct.'],
    ['La aplicación no está en un estado que permita copiarla.', 'Su página dice por qué y qué corregir.'],
  ),
  'agent-superseded': text(
    'later',
    [
      'Another agent has taken over the database, so this one writes nothing more.',
      'It had not moved for a while and ends by itself; see that only one agent uses the data folder.',
    ],
    [
      'Otro agente se ha hecho cargo de la base de datos, así que este ya no escribe nada.',
      'No dio señales durante un rato y termina por sí solo; compruebe que solo un agente use la carpeta de datos.',
    ],
  ),
  interrupted: text(
    'later',
    [
      'The agent stopped in the middle of this run.',
      'Nothing unproven was kept; the next run makes a new copy.',
    ],
    [
      'El agente se detuvo a mitad de esta ejecución.',
      'No se guardó nada sin probar; la próxima ejecución hará una copia nueva.',
    ],
  ),
  cancelled: text(
    'never',
    ['The run was cancelled.', 'Start it again when you want.'],
    ['La ejecución se canceló.', 'Vuelva a iniciarla cuando quiera.'],
  ),
  internal: text(
    'later',
    ['The agent met an error that it did not expect.', 'Look at the agent’s log, and please report it.'],
    [
      'El agente encontró un error que no esperaba.',
      'Revise el registro del agente y, por favor, comuníquelo.',
    ],
  ),
} as const satisfies Record<string, FailureText>;
