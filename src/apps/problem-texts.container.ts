import { problemText as text } from './problem-text.js';
import type { ProblemText } from './problem-text.js';

/** What can be wrong with a container and its labels as a whole. */
export const CONTAINER_PROBLEMS = {
  'network-name-invalid': text(
    'suspend',
    ['This is not a network name.', 'Write the name as docker network ls shows it.'],
    ['Esto no es un nombre de red.', 'Escriba el nombre tal como lo muestra docker network ls.'],
  ),
  'network-not-allowed': text(
    'suspend',
    [
      'The network {network} is not one the agent may use.',
      'Use {default}, or add the name to BACKUPS_NETWORKS_ALLOWED of the agent.',
    ],
    [
      'El agente no puede usar la red {network}.',
      'Use {default}, o añada el nombre a BACKUPS_NETWORKS_ALLOWED del agente.',
    ],
  ),
  'network-not-attached': text(
    'suspend',
    [
      'The container is not on the network {network}; it is on: {attached}.',
      'Add the network to the service in the compose file and declare it as external with that exact name.',
    ],
    [
      'El contenedor no está en la red {network}; está en: {attached}.',
      'Añada la red al servicio en el fichero de compose y declárela externa con ese nombre exacto.',
    ],
  ),
  'network-mode-unsupported': text(
    'suspend',
    [
      'The container uses the network mode {mode}, where it has no address of its own.',
      'Put it on the network {network} instead.',
    ],
    [
      'El contenedor usa el modo de red {mode}, en el que no tiene dirección propia.',
      'Póngalo en la red {network}.',
    ],
  ),
  'label-unknown': text(
    'warning',
    ['This label is not known.{suggestion}', 'Correct or remove it; see docs/labels.md.'],
    ['Esta etiqueta no se conoce.{suggestion}', 'Corríjala o quítela; consulte docs/labels.es.md.'],
  ),
  'label-alias': text(
    'hint',
    ['This spelling is accepted; the usual one is {usual}.', 'Write {usual}.'],
    ['Se acepta esta forma; la habitual es {usual}.', 'Escriba {usual}.'],
  ),
  'label-other-tool': text(
    'warning',
    [
      'This label belongs to another backup tool.',
      'Ignore this if you use both; the agent’s own prefix can be changed with LABEL_PREFIX.',
    ],
    [
      'Esta etiqueta es de otra herramienta de copias.',
      'Ignórelo si usa ambas; el prefijo del agente se cambia con LABEL_PREFIX.',
    ],
  ),
  'quotes-stripped': text(
    'warning',
    ['The value had quotes inside, which were removed.', 'Remove the inner quotes.'],
    ['El valor tenía comillas dentro, que se quitaron.', 'Quite las comillas interiores.'],
  ),
  'value-too-long': text(
    'error',
    ['The value is longer than 4 KiB.', 'Shorten it.'],
    ['El valor supera 4 KiB.', 'Acórtelo.'],
  ),
  'image-label-ignored': text(
    'warning',
    [
      'These labels come from the image, so they are ignored.',
      'Write them in your compose file, or set ALLOW_IMAGE_LABELS=true on the agent.',
    ],
    [
      'Estas etiquetas vienen de la imagen, así que se ignoran.',
      'Escríbalas en su fichero de compose, o ponga ALLOW_IMAGE_LABELS=true en el agente.',
    ],
  ),
  'identity-conflict': text(
    'error',
    ['Another container already has the identity {key}.', 'Give one of the two its own {prefix}.id.'],
    ['Otro contenedor ya tiene la identidad {key}.', 'Dé a uno de los dos su propio {prefix}.id.'],
  ),
  'label-malformed': text(
    'error',
    [
      'The name of this label has a colon, an equals sign or a space in it, so its value was lost.',
      'In a list of labels write name=value; in a map write name: value without quotes around both.',
    ],
    [
      'El nombre de esta etiqueta contiene dos puntos, un signo igual o un espacio, así que su valor se perdió.',
      'En una lista de etiquetas escriba nombre=valor; en un mapa, nombre: valor sin comillas alrededor de ambos.',
    ],
  ),
  'labels-too-many': text(
    'error',
    [
      'The container has {count} labels under {prefix}; only the first {most} were read.',
      'Remove those that mean nothing to the agent.',
    ],
    [
      'El contenedor tiene {count} etiquetas bajo {prefix}; solo se leyeron las primeras {most}.',
      'Quite las que no significan nada para el agente.',
    ],
  ),
  'swarm-labels': text(
    'hint',
    [
      'The container belongs to the swarm service {service} and has no labels of ours.',
      'If the service has them under deploy.labels, move them to labels: those reach the container.',
    ],
    [
      'El contenedor pertenece al servicio de swarm {service} y no tiene etiquetas nuestras.',
      'Si el servicio las tiene en deploy.labels, páselas a labels: esas llegan al contenedor.',
    ],
  ),
  'retention-shrunk': text(
    'warning',
    [
      'The label now asks to keep fewer copies ({label}); the old policy stays until {until}.',
      'Nothing to do if that was intended; otherwise put the label back.',
    ],
    [
      'La etiqueta pide ahora guardar menos copias ({label}); la política anterior sigue hasta {until}.',
      'Nada que hacer si era la intención; si no, restaure la etiqueta.',
    ],
  ),
  'labels-on-service': text(
    'error',
    [
      'These labels are on the swarm service only; its containers do not have them.',
      'Move them from deploy.labels to labels of the service.',
    ],
    [
      'Estas etiquetas están solo en el servicio de swarm; sus contenedores no las tienen.',
      'Páselas de deploy.labels a labels del servicio.',
    ],
  ),
  'token-variable-missing': text(
    'error',
    [
      'The service does not define the variable {variable} that the token is read from.',
      'Add it to environment, or name another one with {prefix}.token-ref.',
    ],
    [
      'El servicio no define la variable {variable} de la que se lee el token.',
      'Añádala a environment, o nombre otra con {prefix}.token-ref.',
    ],
  ),
} as const satisfies Record<string, ProblemText>;
