/** Things that do not fail a run but that a person should know; a closed list. */
export const WARNING_TEXTS = {
  'no-checksum': {
    en: 'The app declared no checksum, so the first link of the proof is missing: X-Checksum-SHA256 would close it.',
    es: 'La aplicación no declaró suma de comprobación, así que falta el primer eslabón de la prueba: X-Checksum-SHA256 lo cerraría.',
  },
  'no-size': {
    en: 'The app declared no size: X-Size or Content-Length would let a cut export be noticed sooner.',
    es: 'La aplicación no declaró el tamaño: X-Size o Content-Length permitirían detectar antes una exportación cortada.',
  },
  'size-only': {
    en: 'This destination could only be checked by size.',
    es: 'En este destino solo se pudo comprobar el tamaño.',
  },
  'size-unusual': {
    en: 'The size is far from the usual one, so the copy is kept but does not count as good until a person accepts it. Nothing was pruned.',
    es: 'El tamaño se aleja mucho del habitual, así que la copia se conserva pero no cuenta como buena hasta que una persona la acepte. No se borró nada.',
  },
  'format-contradicts': {
    en: 'The first bytes are not those of the format that the app declared.',
    es: 'Los primeros bytes no son los del formato que declaró la aplicación.',
  },
  'prune-refused': {
    en: 'Old copies were not deleted, because the listing of the destination does not show the newest good one whole. Look at the destination and have that copy read again.',
    es: 'No se borraron copias antiguas porque el listado del destino no muestra entera la más reciente que es buena. Mire el destino y haga releer esa copia.',
  },
  'prune-brake': {
    en: 'More copies than usual would be deleted, so a person must agree on the app’s page.',
    es: 'Se borrarían más copias de lo habitual, así que una persona debe aceptarlo en la página de la aplicación.',
  },
  'clock-moved': {
    en: 'The clock was set during this run, or an earlier copy bears a time that is yet to come, so nothing was pruned. Check the clock; pruning by hand is still possible.',
    es: 'El reloj se ajustó durante esta ejecución, o una copia anterior lleva una hora que aún no ha llegado, así que no se borró nada. Revise el reloj; sigue siendo posible limpiar a mano.',
  },
  'prune-failed': {
    en: 'Deleting old copies failed; it is tried again after the next backup.',
    es: 'Falló el borrado de copias antiguas; se reintentará tras la próxima copia.',
  },
  'copy-missing': {
    en: 'A copy that should be at the destination is not there any more.',
    es: 'Una copia que debería estar en el destino ya no está.',
  },
  'copy-changed': {
    en: 'A copy at the destination has another size than when it was stored.',
    es: 'Una copia del destino tiene un tamaño distinto del que tenía al guardarse.',
  },
  recovered: {
    en: 'The agent had stopped in this run; the copy was found whole, verified again and kept.',
    es: 'El agente se había detenido en esta ejecución; la copia se encontró íntegra, se verificó de nuevo y se conservó.',
  },
  'leftover-kept': {
    en: 'Something of this run may be left at the destination; it is cleaned when the destination can be reached.',
    es: 'Puede quedar algo de esta ejecución en el destino; se limpiará cuando se pueda contactar con él.',
  },
} as const;

export type WarningCode = keyof typeof WARNING_TEXTS;

export interface RunWarning {
  code: WarningCode;
  /** What it is about: an object, a destination, a message. May be empty. */
  detail: string;
}

export function describeWarning(warning: RunWarning, lang: 'en' | 'es'): string {
  const sentence = WARNING_TEXTS[warning.code][lang];
  return warning.detail === '' ? sentence : `${sentence} (${warning.detail})`;
}
