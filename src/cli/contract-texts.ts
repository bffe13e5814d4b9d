export type Lang = 'en' | 'es';

type Texts = Record<string, Record<Lang, string>>;

/** What each check asks for, in their order. */
export const CONTRACT_CHECKS = {
  connect: { en: 'The app answers at this address', es: 'La aplicación responde en esta dirección' },
  capabilities: {
    en: 'GET /backup/capabilities tells what the app can do',
    es: 'GET /backup/capabilities dice qué sabe hacer la aplicación',
  },
  'token-required': {
    en: 'An export without the token is refused with 401',
    es: 'Una exportación sin el token se rechaza con 401',
  },
  'token-wrong': {
    en: 'An export with a wrong token is refused with 401',
    es: 'Una exportación con un token equivocado se rechaza con 401',
  },
  'error-json': {
    en: 'Errors are JSON: {"error":"…"}',
    es: 'Los errores son JSON: {"error":"…"}',
  },
  export: {
    en: 'POST /backup/export answers 200 or 202',
    es: 'POST /backup/export responde 200 o 202',
  },
  job: {
    en: 'The job of a 202 comes to its end and names its download',
    es: 'El trabajo de un 202 llega a su fin y nombra su descarga',
  },
  headers: {
    en: 'The headers say size, checksum and format',
    es: 'Las cabeceras dicen tamaño, suma de comprobación y formato',
  },
  body: { en: 'The export ends properly', es: 'La exportación termina como es debido' },
  checksum: {
    en: 'Size and checksum are those of the bytes',
    es: 'El tamaño y la suma son los de los bytes',
  },
  format: {
    en: 'The first bytes are those of the format',
    es: 'Los primeros bytes son los del formato',
  },
  range: {
    en: 'A download that breaks can be continued (Range)',
    es: 'Una descarga que se corta se puede continuar (Range)',
  },
} as const satisfies Texts;

export type ContractCheck = keyof typeof CONTRACT_CHECKS;

const FINDINGS = {
  'no-capabilities': {
    en: 'not there, or not JSON of the contract; the agent goes on without ({detail})',
    es: 'no está, o no es el JSON del contrato; el agente sigue sin ello ({detail})',
  },
  'no-token': {
    en: 'no token was given, so this was not tried: use --token-env NAME or --token-stdin',
    es: 'no se dio ningún token, así que no se probó: use --token-env NOMBRE o --token-stdin',
  },
  'open-to-all': {
    en: 'the answer was {detail}: whoever is on the network gets the data',
    es: 'la respuesta fue {detail}: cualquiera que esté en la red obtiene los datos',
  },
  'no-error-json': {
    en: 'the refusal carried no JSON with an error, so people do not see why',
    es: 'el rechazo no llevaba JSON con un error, así que la gente no ve el motivo',
  },
  'not-refused': {
    en: 'nothing was refused that could have been looked at',
    es: 'no se rechazó nada que se pudiera mirar',
  },
  'headers-missing': {
    en: 'missing: {detail}. Each one is a link of the proof',
    es: 'faltan: {detail}. Cada una es un eslabón de la prueba',
  },
  encoded: {
    en: 'Content-Encoding {detail} is not undone: these very bytes are stored',
    es: 'Content-Encoding {detail} no se deshace: se guardan esos mismos bytes',
  },
  'no-checksum': {
    en: '{detail}; the app declared no checksum to compare with',
    es: '{detail}; la aplicación no declaró suma con la que comparar',
  },
  'too-large': {
    en: 'the first {detail} bytes are there; no more was read for a test',
    es: 'llegaron los primeros {detail} bytes; no se leyó más para una prueba',
  },
  'format-contradicts': {
    en: 'X-Format says {detail}, the bytes begin otherwise',
    es: 'X-Format dice {detail}, los bytes empiezan de otra forma',
  },
  'no-range': {
    en: 'status {detail}, or no ETag or checksum to be sure by: a broken download begins anew',
    es: 'estado {detail}, o sin ETag ni suma que lo asegure: una descarga cortada empieza de nuevo',
  },
  'range-differs': {
    en: 'the rest was not the rest of the same export',
    es: 'el resto no era el resto de la misma exportación',
  },
} as const satisfies Texts;

export type FindingKey = keyof typeof FINDINGS;

export const findingText = (key: FindingKey, lang: Lang, detail = ''): string =>
  FINDINGS[key][lang].replace('{detail}', detail);
