interface Sentence {
  says: string;
  hint: string;
}

interface HttpProblemText {
  status: number;
  en: Sentence;
  es: Sentence;
}

const text = (status: number, en: [string, string], es: [string, string]): HttpProblemText => ({
  status,
  en: { says: en[0], hint: en[1] },
  es: { says: es[0], hint: es[1] },
});

/** Everything that a request itself can get wrong; a closed list. `{name}` is replaced by a parameter. */
export const HTTP_PROBLEM_TEXTS = {
  'not-found': text(
    404,
    ['There is nothing at this address.', 'Check the address; the thing may have been removed.'],
    ['No hay nada en esta dirección.', 'Revise la dirección; puede que se haya eliminado.'],
  ),
  'app-not-found': text(
    404,
    ['There is no such app.', 'GET /api/apps lists the apps with their ids.'],
    ['No existe esa aplicación.', 'GET /api/apps muestra las aplicaciones con sus ids.'],
  ),
  'job-not-found': text(
    404,
    ['There is no such run.', 'GET /api/jobs lists the runs with their ids.'],
    ['No existe esa ejecución.', 'GET /api/jobs muestra las ejecuciones con sus ids.'],
  ),
  'backup-not-found': text(
    404,
    ['There is no such backup.', 'GET /api/apps/:id/backups lists the backups of an app.'],
    ['No existe esa copia.', 'GET /api/apps/:id/backups muestra las copias de una aplicación.'],
  ),
  'sign-in-needed': text(
    401,
    [
      'Please sign in.',
      'Send the session cookie, or Authorization: Bearer with the APP_API_TOKEN of the agent.',
    ],
    ['Inicie sesión.', 'Envíe la cookie de sesión, o Authorization: Bearer con el APP_API_TOKEN del agente.'],
  ),
  'token-refused': text(
    401,
    [
      'The API token is not valid.',
      'Use the value of APP_API_TOKEN; without that variable the API takes only signed-in sessions.',
    ],
    [
      'El token de la API no es válido.',
      'Use el valor de APP_API_TOKEN; sin esa variable la API solo admite sesiones iniciadas.',
    ],
  ),
  'credentials-refused': text(
    401,
    ['User name or password is not right.', 'They are APP_ADMIN_USER and APP_ADMIN_PASS of the agent.'],
    ['El usuario o la contraseña no son correctos.', 'Son APP_ADMIN_USER y APP_ADMIN_PASS del agente.'],
  ),
  'form-refused': text(
    403,
    [
      'This request does not come from our own page, so nothing was done.',
      'Open the page again and repeat; scripts send the header x-csrf-token or an API token.',
    ],
    [
      'Esta petición no viene de nuestra propia página, así que no se hizo nada.',
      'Abra la página de nuevo y repita; los programas envían la cabecera x-csrf-token o un token de la API.',
    ],
  ),
  'wrong-host': text(
    421,
    ['This name does not belong to the agent.', 'Use a name listed in APP_PUBLIC_HOSTS.'],
    ['Este nombre no pertenece al agente.', 'Use un nombre de los de APP_PUBLIC_HOSTS.'],
  ),
  'too-many-attempts': text(
    429,
    ['Too many attempts to sign in.', 'Wait a few minutes and try again.'],
    ['Demasiados intentos de inicio de sesión.', 'Espere unos minutos y vuelva a intentarlo.'],
  ),
  'request-invalid': text(
    400,
    ['The request is not valid.', 'See /api/docs.'],
    ['La petición no es válida.', 'Consulte /api/docs.'],
  ),
  'body-invalid': text(
    400,
    ['The body is not valid JSON, or a field of it is not right.', 'See /api/docs.'],
    ['El cuerpo no es JSON válido, o un campo no es correcto.', 'Consulte /api/docs.'],
  ),
  'body-too-large': text(
    413,
    ['The body is too large.', 'Send less than 256 KiB.'],
    ['El cuerpo es demasiado grande.', 'Envíe menos de 256 KiB.'],
  ),
  'name-taken': text(
    409,
    ['There is already an app called {name}.', 'Choose another name, or change the app that exists.'],
    ['Ya hay una aplicación llamada {name}.', 'Elija otro nombre, o cambie la aplicación que existe.'],
  ),
  'app-has-container': text(
    409,
    [
      'The container of this app is still there, so the app would come back at once.',
      'Remove the label backup.enable or the container first; the backups stay.',
    ],
    [
      'El contenedor de esta aplicación sigue ahí, así que la aplicación volvería enseguida.',
      'Quite antes la etiqueta backup.enable o el contenedor; las copias se conservan.',
    ],
  ),
  'app-is-labelled': text(
    409,
    [
      'This app is declared by labels.',
      'Change the labels, or override single settings with PUT /api/apps/:id/overrides.',
    ],
    [
      'Esta aplicación se declara con etiquetas.',
      'Cambie las etiquetas, o sustituya ajustes con PUT /api/apps/:id/overrides.',
    ],
  ),
  'app-busy': text(
    409,
    [
      'A run of this app is under way.',
      'Wait until it has ended, or cancel it. Retention follows a good run by itself.',
    ],
    [
      'Hay una ejecución de esta aplicación en curso.',
      'Espere a que termine, o cancélela. La retención sigue por sí sola a una ejecución correcta.',
    ],
  ),
  'backup-not-suspicious': text(
    409,
    [
      'Only a copy of unusual size (suspicious) can be accepted, and this one is not.',
      'POST /api/backups/:id/verify reads it again and says what it is.',
    ],
    [
      'Solo se puede aceptar una copia de tamaño inusual (sospechosa), y esta no lo es.',
      'POST /api/backups/:id/verify la relee y dice cómo está.',
    ],
  ),
  'app-is-manual': text(
    409,
    ['This app was added by hand and has a token of its own.', 'Change its token with PATCH /api/apps/:id.'],
    ['Esta aplicación se añadió a mano y tiene su propio token.', 'Cambie su token con PATCH /api/apps/:id.'],
  ),
  'state-refuses': text(
    409,
    [
      'An app in the state {state} cannot be changed this way ({decision}).',
      'Reload the page: only what its present state allows is offered.',
    ],
    [
      'Una aplicación en el estado {state} no se puede cambiar así ({decision}).',
      'Recargue la página: solo se ofrece lo que su estado actual permite.',
    ],
  ),
  'name-not-typed': text(
    400,
    ['The name that was typed is not the name of this app.', 'Type {name} to remove it.'],
    ['El nombre escrito no es el de esta aplicación.', 'Escriba {name} para quitarla.'],
  ),
  'secret-not-found': text(
    404,
    ['The agent keeps no secret named {name}.', 'GET /api/secrets lists the names.'],
    ['El agente no guarda ningún secreto llamado {name}.', 'GET /api/secrets muestra los nombres.'],
  ),
  'secret-is-given': text(
    409,
    [
      'The secret {name} comes from a file or the environment of the agent, not from here.',
      'Remove the file from SECRETS_DIR, or the variable.',
    ],
    [
      'El secreto {name} viene de un fichero o del entorno del agente, no de aquí.',
      'Quite el fichero de SECRETS_DIR, o la variable.',
    ],
  ),
  'grant-not-found': text(
    404,
    ['{owner} was not allowed the secret {name}.', 'GET /api/secrets shows who is, as owner.'],
    ['A {owner} no se le permitió el secreto {name}.', 'GET /api/secrets muestra a quién, como owner.'],
  ),
} as const satisfies Record<string, HttpProblemText>;

export type HttpProblemCode = keyof typeof HTTP_PROBLEM_TEXTS;
