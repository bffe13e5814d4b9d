import { failureText as text } from './failure-text.js';
import type { FailureText } from './failure-text.js';

/** What can be wrong with an export, or with the app's work on it. */
export const EXPORT_FAILURES = {
  'export-unverifiable': text(
    'never',
    [
      'The export could not be proven complete, so it was refused.',
      'Send Content-Length, chunked encoding, X-Size or X-Checksum-SHA256: a body that ends by closing the connection looks like a crash.',
    ],
    [
      'No se pudo probar que la exportación esté completa, así que se rechazó.',
      'Envíe Content-Length, codificación chunked, X-Size o X-Checksum-SHA256: un cuerpo que termina cerrando la conexión parece una caída.',
    ],
  ),
  'export-broken': text(
    'later',
    [
      'The app broke off in the middle of the export.',
      'Look at the app’s log; nothing of this export was kept.',
    ],
    [
      'La aplicación se cortó a mitad de la exportación.',
      'Revise el registro de la aplicación; no se guardó nada de esta exportación.',
    ],
  ),
  'export-empty': text(
    'later',
    ['The app sent an empty export.', 'If empty is right, let the app send X-Size: 0.'],
    [
      'La aplicación envió una exportación vacía.',
      'Si es correcto que esté vacía, la aplicación debe enviar X-Size: 0.',
    ],
  ),
  'export-too-large': text(
    'never',
    [
      'The export is larger than allowed.',
      'Raise BACKUP_MAX_SIZE_MB or backup.max-size if this size is right.',
    ],
    [
      'La exportación es mayor de lo permitido.',
      'Aumente BACKUP_MAX_SIZE_MB o backup.max-size si ese tamaño es correcto.',
    ],
  ),
  'export-too-small': text(
    'later',
    [
      'The export is smaller than this app’s backups are allowed to be.',
      'Look at the app: is its data still there? Lower backup.min-size if this size is right.',
    ],
    [
      'La exportación es menor de lo que pueden ser las copias de esta aplicación.',
      'Revise la aplicación: ¿siguen ahí sus datos? Reduzca backup.min-size si ese tamaño es correcto.',
    ],
  ),
  'app-too-slow': text(
    'later',
    [
      'The app sent its export so slowly that the run was given up.',
      'Look at the app; lower MIN_RATE_BYTES_S (0 = never give up) if it cannot be faster.',
    ],
    [
      'La aplicación enviaba su exportación tan despacio que se abandonó la ejecución.',
      'Revise la aplicación; reduzca MIN_RATE_BYTES_S (0 = no abandonar nunca) si no puede ir más rápido.',
    ],
  ),
  'size-mismatch': text(
    'later',
    [
      'The app sent another number of bytes than it declared.',
      'Look at the app: Content-Length and X-Size must be those of the export.',
    ],
    [
      'La aplicación envió un número de bytes distinto del declarado.',
      'Revise la aplicación: Content-Length y X-Size deben ser los de la exportación.',
    ],
  ),
  'checksum-mismatch': text(
    'later',
    [
      'The bytes do not match the checksum that the app declared.',
      'Look at the app: X-Checksum-SHA256 must be that of the exact bytes sent.',
    ],
    [
      'Los bytes no coinciden con la suma de comprobación declarada por la aplicación.',
      'Revise la aplicación: X-Checksum-SHA256 debe ser la de los bytes enviados.',
    ],
  ),
  'app-job-failed': text(
    'later',
    ['The app’s export job failed.', 'The app’s own message is in the run; fix it there.'],
    [
      'El trabajo de exportación de la aplicación falló.',
      'El mensaje de la aplicación está en la ejecución; corríjalo allí.',
    ],
  ),
  'app-job-lost': text(
    'later',
    [
      'The app no longer knows the export job that it started.',
      'It may have been restarted; the next run asks for a new export.',
    ],
    [
      'La aplicación ya no conoce el trabajo de exportación que inició.',
      'Puede que se reiniciara; la próxima ejecución pedirá una exportación nueva.',
    ],
  ),
  'not-adoptable': text(
    'never',
    [
      'Nothing vouches for this object, so it cannot be imported.',
      'Only an object with its own whole manifest beside it is a backup; it stays where it is, untouched.',
    ],
    [
      'Nada responde por este objeto, así que no se puede importar.',
      'Solo es una copia un objeto con su propio manifiesto íntegro al lado; se queda donde está, sin tocarlo.',
    ],
  ),
} as const satisfies Record<string, FailureText>;
