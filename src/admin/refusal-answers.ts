import { REFUSALS } from '../destinations/destination-refusal.js';
import type { DestinationRefusal, RefusalCode } from '../destinations/destination-refusal.js';
import type { Answer } from './failure.filter.js';
import type { Lang } from './lang.js';

/** All others are 400: the order itself is wrong. */
const STATUS: Partial<Record<RefusalCode, number>> = {
  'draft-unknown': 404,
  'name-taken': 409,
  'set-elsewhere': 409,
  'in-use': 409,
  'holds-backups': 409,
};

const FORM = {
  en: 'Correct the field; GET /api/destination-types lists every kind of storage with its options.',
  es: 'Corrija el campo; GET /api/destination-types muestra cada tipo de almacenamiento con sus opciones.',
};

const HINTS: Partial<Record<RefusalCode, Record<Lang, string>>> = {
  'destination-unknown': {
    en: 'GET /api/destinations lists the destinations.',
    es: 'GET /api/destinations muestra los destinos.',
  },
  'draft-unknown': {
    en: 'Open a new draft: drafts last an hour, and only the question asked last can be answered.',
    es: 'Abra un borrador nuevo: los borradores duran una hora y solo se responde a la última pregunta.',
  },
  'name-taken': { en: 'Choose another name.', es: 'Elija otro nombre.' },
  'set-elsewhere': {
    en: 'Change the environment of the agent; a remote made by hand can be adopted first.',
    es: 'Cambie el entorno del agente; un remoto hecho a mano se puede adoptar antes.',
  },
  'in-use': {
    en: 'Give those apps another destination, or name one with reassign_to; let a run end first.',
    es: 'Dé otro destino a esas aplicaciones, o indique uno con reassign_to; deje que antes acabe la ejecución.',
  },
  'holds-backups': {
    en: 'keep_data=true leaves them where they lie and forgets them; delete_data=<name of the destination> deletes them.',
    es: 'keep_data=true las deja donde están y las olvida; delete_data=<nombre del destino> las borra.',
  },
  'host-key-needed': {
    en: 'POST /api/destinations/host-key shows the keys; send their lines as host_keys once the fingerprint is right.',
    es: 'POST /api/destinations/host-key muestra las claves; envíe sus líneas como host_keys cuando la huella sea correcta.',
  },
};

/** An order about destinations that was refused, as an answer. Pure. */
export function describeRefusal(refusal: DestinationRefusal, lang: Lang): Answer {
  const { code, field, detail } = refusal;
  const says = REFUSALS[code][lang];
  const message = detail === '' ? says : `${says} (${detail})`;
  const isTheOneAskedFor = code === 'destination-unknown' && field === 'name';
  return {
    status: isTheOneAskedFor ? 404 : (STATUS[code] ?? 400),
    code,
    message,
    hint: (HINTS[code] ?? FORM)[lang],
    fields: [{ field, message }],
  };
}
