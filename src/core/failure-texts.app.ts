import { failureText as text } from './failure-text.js';
import type { FailureText } from './failure-text.js';

/** What can go wrong between the agent and an app. */
export const APP_FAILURES = {
  'docker-unavailable': text(
    'later',
    ['Docker does not answer.', 'Check that the Docker engine runs and that the agent may reach its socket.'],
    [
      'Docker no responde.',
      'Compruebe que el motor de Docker funciona y que el agente puede acceder a su socket.',
    ],
  ),
  'container-not-running': text(
    'later',
    ['The container is not running.', 'Start the container; the next run will find it.'],
    ['El contenedor no está en marcha.', 'Arranque el contenedor; la próxima ejecución lo encontrará.'],
  ),
  'container-not-on-network': text(
    'later',
    [
      'The container is not on the backup network.',
      'Attach it to the network named in the settings (by default backups_net).',
    ],
    [
      'El contenedor no está en la red de copias.',
      'Conéctelo a la red indicada en los ajustes (por defecto backups_net).',
    ],
  ),
  'port-unknown': text(
    'never',
    ['It is not clear which port to ask.', 'Set the label backup.port to the port of the export endpoint.'],
    [
      'No está claro a qué puerto preguntar.',
      'Ponga en la etiqueta backup.port el puerto del punto de exportación.',
    ],
  ),
  'address-forbidden': text(
    'never',
    [
      'The address is not one the agent may call.',
      'Use the container itself on the backup network, not loopback, link-local or another host.',
    ],
    [
      'La dirección no está entre las que el agente puede llamar.',
      'Use el propio contenedor en la red de copias, no loopback, enlace local ni otro equipo.',
    ],
  ),
  'token-missing': text(
    'never',
    [
      'The token that the app expects was not found.',
      'Set the environment variable named by backup.token-ref on the container, or set backup.token-ref to none.',
    ],
    [
      'No se encontró el token que la aplicación espera.',
      'Defina en el contenedor la variable que indica backup.token-ref, o ponga backup.token-ref a none.',
    ],
  ),
  'token-not-allowed': text(
    'never',
    [
      'This app may not use that secret, so nothing was sent.',
      'Use a secret named after its compose project or service, or approve the pair in the UI.',
    ],
    [
      'Esta aplicación no puede usar ese secreto, así que no se envió nada.',
      'Use un secreto con el nombre de su proyecto o servicio de compose, o apruebe la pareja en la interfaz.',
    ],
  ),
  'app-unreachable': text(
    'later',
    [
      'The app could not be reached.',
      'Check that it listens on that port on all addresses, not just on localhost.',
    ],
    [
      'No se pudo contactar con la aplicación.',
      'Compruebe que escucha en ese puerto en todas las direcciones, no solo en localhost.',
    ],
  ),
  'app-timeout': text(
    'later',
    [
      'The app did not answer in time.',
      'Look at the app. If it needs long before it begins to send, raise IDLE_TIMEOUT_S, or let it answer 202 (docs/contract.md).',
    ],
    [
      'La aplicación no respondió a tiempo.',
      'Revise la aplicación. Si tarda mucho en empezar a enviar, aumente IDLE_TIMEOUT_S, o haga que responda 202 (docs/contract.es.md).',
    ],
  ),
  'app-idle': text(
    'later',
    [
      'The app stopped sending in the middle of the export.',
      'Look at the app; the export must not pause for longer than the idle limit.',
    ],
    [
      'La aplicación dejó de enviar a mitad de la exportación.',
      'Revise la aplicación; la exportación no debe pararse más que el límite de inactividad.',
    ],
  ),
  'run-timeout': text(
    'later',
    [
      'The run took longer than its limit.',
      'Raise backup.timeout or REQUEST_TIMEOUT_S, or make the export smaller.',
    ],
    [
      'La ejecución superó su límite de tiempo.',
      'Aumente backup.timeout o REQUEST_TIMEOUT_S, o reduzca la exportación.',
    ],
  ),
  'app-auth': text(
    'never',
    ['The app refused the token.', 'Check that the app and backup.token-ref name the same token.'],
    [
      'La aplicación rechazó el token.',
      'Compruebe que la aplicación y backup.token-ref usan el mismo token.',
    ],
  ),
  'app-not-found': text(
    'never',
    [
      'The app has no export at that address.',
      'Check backup.port and backup.path; the app must answer POST …/backup/export.',
    ],
    [
      'La aplicación no ofrece exportación en esa dirección.',
      'Revise backup.port y backup.path; la aplicación debe responder a POST …/backup/export.',
    ],
  ),
  'app-redirected': text(
    'never',
    [
      'The app answered with a redirect, which is not followed.',
      'Set backup.scheme, backup.port and backup.path to the final address.',
    ],
    [
      'La aplicación respondió con una redirección, que no se sigue.',
      'Ponga en backup.scheme, backup.port y backup.path la dirección final.',
    ],
  ),
  'app-error': text(
    'later',
    ['The app answered with an error.', 'The app’s own message is in the run; fix it there.'],
    [
      'La aplicación respondió con un error.',
      'El mensaje de la aplicación está en la ejecución; corríjalo allí.',
    ],
  ),
  'contract-invalid': text(
    'never',
    [
      'The answer of the app does not follow the contract.',
      'See docs/contract.md; the run says which part was wrong.',
    ],
    [
      'La respuesta de la aplicación no cumple el contrato.',
      'Consulte docs/contract.es.md; la ejecución dice qué parte falló.',
    ],
  ),
} as const satisfies Record<string, FailureText>;
