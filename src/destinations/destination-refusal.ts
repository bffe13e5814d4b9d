/** What a person may have got wrong in a destination form; a closed list, with a sentence for each. */
export const REFUSALS = {
  'name-invalid': {
    en: 'A name has letters, digits, dots, dashes and underscores, and begins with a letter or digit.',
    es: 'Un nombre lleva letras, números, puntos, guiones y guiones bajos, y empieza por letra o número.',
  },
  'name-taken': {
    en: 'There is a destination of that name already.',
    es: 'Ya hay un destino con ese nombre.',
  },
  'type-unknown': {
    en: 'That kind of storage is not offered.',
    es: 'Ese tipo de almacenamiento no se ofrece.',
  },
  'option-unknown': {
    en: 'This kind of storage has no such option.',
    es: 'Este tipo de almacenamiento no tiene esa opción.',
  },
  'option-forbidden': {
    en: 'This option runs commands or reads files of the agent, so it is set only by hand with rclone config.',
    es: 'Esta opción ejecuta órdenes o lee archivos del agente, así que solo se pone a mano con rclone config.',
  },
  'option-required': { en: 'This value is required.', es: 'Este valor es obligatorio.' },
  'value-invalid': {
    en: 'This value has characters or a form that is not allowed.',
    es: 'Este valor tiene caracteres o una forma que no se permite.',
  },
  'folder-invalid': {
    en: 'A folder is a plain path, without .., colons, leading dashes or control characters.',
    es: 'Una carpeta es una ruta sencilla, sin .., dos puntos, guiones iniciales ni caracteres de control.',
  },
  'folder-unknown': {
    en: 'No app and no backup of this destination uses that folder, and no agent has marked it.',
    es: 'Ninguna aplicación ni copia de este destino usa esa carpeta, y ningún agente la ha marcado.',
  },
  'folder-not-allowed': {
    en: 'That folder is not below one that the agent may use; see RCLONE_LOCAL_DIRECTORIES and LOCAL_DIRECTORIES_ROOT.',
    es: 'Esa carpeta no está dentro de una que el agente pueda usar; vea RCLONE_LOCAL_DIRECTORIES y LOCAL_DIRECTORIES_ROOT.',
  },
  'host-key-needed': {
    en: 'The fingerprint of the server must be looked at and accepted first.',
    es: 'Antes hay que ver y aceptar la huella del servidor.',
  },
  'host-key-other': {
    en: 'The server shows another fingerprint than the one that was accepted.',
    es: 'El servidor muestra una huella distinta de la aceptada.',
  },
  'destination-unknown': {
    en: 'There is no such destination.',
    es: 'No existe ese destino.',
  },
  'draft-unknown': {
    en: 'This form is too old; begin again.',
    es: 'Este formulario es demasiado antiguo; empiece de nuevo.',
  },
  'set-elsewhere': {
    en: 'This destination comes from the environment of the agent and is changed there.',
    es: 'Este destino viene del entorno del agente y se cambia allí.',
  },
  'in-use': {
    en: 'Apps still use this destination.',
    es: 'Hay aplicaciones que todavía usan este destino.',
  },
  'holds-backups': {
    en: 'Backups lie at this destination: say whether they are to be forgotten or deleted.',
    es: 'En este destino hay copias: indique si se olvidan o se borran.',
  },
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** An order about destinations was not carried out because of what it says; nothing was changed. */
export class DestinationRefusal extends Error {
  constructor(
    readonly code: RefusalCode,
    /** Which field of the form: `name`, `type`, `folder`, or an option of the backend. Safe to show. */
    readonly field: string,
    /** Never a value that was given. */
    readonly detail = '',
  ) {
    super(`${field}: ${REFUSALS[code].en}${detail === '' ? '' : ` (${detail})`}`);
    this.name = 'DestinationRefusal';
  }
}
