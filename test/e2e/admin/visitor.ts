import { ADMIN } from './admin-bed.js';

/** A browser without a screen: keeps cookies, follows nothing by itself. */
export class Visitor {
  readonly cookies = new Map<string, string>();

  constructor(readonly url: string) {}

  async send(
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const response = await fetch(`${this.url}${path}`, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      if (value === '' || /Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  form(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.send(path, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  json(
    path: string,
    method: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = { method, headers: { accept: 'application/json', ...type, ...headers } };
    return this.send(path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  }

  /** The hidden token of a page's first form. */
  async csrfOf(path: string): Promise<string> {
    const html = await (await this.send(path)).text();
    return /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  }

  async signIn(password = ADMIN.pass, username = ADMIN.user): Promise<Response> {
    const token = await this.csrfOf('/login');
    return this.form('/login', { _csrf: token, username, password, next: '/' });
  }
}

/** A program with the API token. */
export class Program {
  constructor(
    readonly url: string,
    readonly token = ADMIN.apiToken,
  ) {}

  send(
    path: string,
    method = 'GET',
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const init = {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers },
    };
    return fetch(`${this.url}${path}`, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  }

  async get(path: string): Promise<Record<string, unknown>> {
    return (await (await this.send(path)).json()) as Record<string, unknown>;
  }
}
