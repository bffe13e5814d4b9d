import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leave } from '../../bed/cleanup.js';
import { filesBelow } from '../../faults/files.js';
import { startRest } from './rest-bed.js';
import type { RestBed } from './rest-bed.js';

const MARK = '/tmp/bo-injected';
const sftp = (options: object): object => ({
  name: 'evil',
  type: 'sftp',
  options: { host: '127.0.0.1', user: 'x', ...options },
});
const s3 = (options: object, more: object = {}): object => ({
  name: 'evil',
  type: 's3',
  options: {
    provider: 'Other',
    access_key_id: 'a',
    secret_access_key: 'b',
    endpoint: 'http://127.0.0.1:1',
    ...options,
  },
  folder: 'bucket',
  ...more,
});
const local = (path: string): object => ({ name: 'evil', type: 'local', options: { path } });
const named = (name: unknown): object => ({ name, type: 's3', options: { provider: 'Other' } }); // prettier-ignore

/** What each tries to get past the form, and the body. */
const CORPUS: [string, object][] = [
  ...[
    ':local:/etc', ':local:', 'name,copy_links=true', 'name,opt=val:', '-name', '--config', '../up', '..', '.', 'a/b', 'a:b', 'a b',
    'a\nb', 'a\u0000b', 'a\u202eb', '[a]', 'a=b', 'draft-0123456789ab', 'ñandú', 'x'.repeat(64), '', 7, null,
  ].map((name): [string, object] => [`the name ${JSON.stringify(name).slice(0, 40)}`, named(name)]),
  ...[
    ['a new section', { host: 'a\n[stolen]\ntype = local' }],
    ['a line end in a value', { user: 'a\nshell_type = none' }],
    ['a carriage return', { user: 'a\rb' }],
    ['NUL', { pass: 'a\u0000b' }],
    ['a line separator', { user: 'a\u2028b' }],
    ['a lone surrogate', { user: 'a\ud800' }],
    ['a dash as user', { user: '-oProxyCommand=touch' }],
    ['a dash as host', { host: '-oProxyCommand=touch' }],
    ['a host with an option', { host: 'a,b=c' }],
    ['a port that is none', { port: '22;id' }],
    ['an ssh program', { ssh: `touch ${MARK}` }],
    ['a server command', { server_command: `touch ${MARK}` }],
    ['a hash command', { md5sum_command: `touch ${MARK}` }],
    ['another hash command', { sha1sum_command: `touch ${MARK}` }],
    ['a key file of the agent', { key_file: '/etc/shadow' }],
    ['a public key file', { pubkey_file: '/etc/shadow' }],
    ['a known hosts file', { known_hosts_file: '/dev/null' }],
    ['a question of the terminal', { ask_password: 'true' }],
    ['the agent of ssh', { key_use_agent: 'true' }],
    ['a proxy', { socks_proxy: 'evil:1080' }],
    ['an http proxy', { http_proxy: 'http://evil' }],
    ['a key that is none', { key_pem: 'not a key' }],
    ['a key with a line too many', { key_pem: '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n[s]' }],
    ['an option that is not there', { nonsense: 'x' }],
    ['an option by another name', { 'host ': 'x' }],
    ['an option with a line end', { 'host\n[x]': 'y' }],
    ['a type in the options', { type: 'local' }],
    ['a description', { description: 'a' }],
    ['a state of the dialogue', { config_is_local: 'true' }],
  ].map(([what, options]): [string, object] => [what as string, sftp(options as object)]),
  ...[
    ['the environment as credentials', { env_auth: 'true', profile: 'root' }],
    ['a credentials file', { shared_credentials_file: '/root/.aws/credentials' }],
    ['an endpoint with a line end', { endpoint: 'http://a\nx' }],
    ['a value that is too long', { region: 'x'.repeat(20_001) }],
    ['a value that is an object', { region: { a: 1 } }],
  ].map(([what, options]): [string, object] => [what as string, s3(options as object)]),
  ...['../up', 'a/../b', '/../etc', 'a//b', '-a', 'a/-b', ':local:/etc', 'a:b', 'a\nb', 'a\u0000b', 'a/.', 'x'.repeat(1001)].map(
    (folder): [string, object] => [`the folder ${JSON.stringify(folder).slice(0, 30)}`, s3({}, { folder })],
  ),
  ...['/etc', '/', 'relative', '../x', '/tmp/../etc', ':local:/etc', '', '/proc/self', 'local,copy_links=true:/etc'].map(
    (path): [string, object] => [`the local folder ${JSON.stringify(path)}`, local(path)],
  ),
  ...['local', 'alias', 'crypt', 'union', 'combine', 'chunker', 'hasher', 'compress'].map((type): [string, object] => [
    `${type} over a remote by text`,
    { name: 'evil', type, options: { remote: ':local:/etc', remotes: ':local:/etc', upstreams: 'a=:local:/etc', password: 'x' } },
  ]),
  ...['memory', 'cache', 'http', 'nonsense', ':local:', 'sftp,host=x', '-x', ''].map((type): [string, object] => [
    `the kind ${JSON.stringify(type)}`,
    { name: 'evil', type, options: {} },
  ]),
  ['a wrapped remote that is not there', { name: 'evil', type: 'crypt', options: { password: 'x' }, over: { destination: 'nothing', folder: '' } }],
  ['a wrapped folder that climbs', { name: 'evil', type: 'crypt', options: { password: 'x' }, over: { destination: 'good', folder: '../..' } }],
  ['a wrapped connection string', { name: 'evil', type: 'crypt', options: { password: 'x' }, over: { destination: 'good,copy_links=true', folder: '' } }],
  ['a drive token that is no JSON', { name: 'evil', type: 'drive', options: { client_id: 'a', client_secret: 'b', token: 'x\ny' } }],
  ['a service account file', { name: 'evil', type: 'drive', options: { service_account_file: '/etc/passwd' } }],
  ['a program for a token', { name: 'evil', type: 'webdav', options: { url: 'http://127.0.0.1:1', bearer_token_command: `touch ${MARK}` } }],
  ['an address with a password', { name: 'evil', type: 'webdav', options: { url: 'http://u:p@127.0.0.1:1', vendor: 'other' } }],
  ['an address that is a file', { name: 'evil', type: 'webdav', options: { url: 'file:///etc/passwd', vendor: 'other' } }],
  ['a unix socket', { name: 'evil', type: 'webdav', options: { url: 'http://127.0.0.1:1', unix_socket: '/var/run/docker.sock' } }],
  ['a field that is not there', { ...(local('/x')), mountpoint: '/etc' }],
]; // prettier-ignore

describe('what tries to get past the form', () => {
  let bed: RestBed;
  let conf: string;
  let known: string[];
  beforeAll(async () => {
    bed = await startRest();
    await bed.ask('CreatedDestination', 201, 'POST', '/api/destinations', bed.local('good'));
    conf = readFileSync(bed.conf, 'utf8');
    known = await bed.names();
  }, 60_000);
  afterAll(leave, 60_000);

  it(`is answered 400, each of ${CORPUS.length}, as a destination and as a draft, with the field and nothing made`, async () => {
    const disks = filesBelow(bed.disks);
    for (const [what, body] of CORPUS) {
      const direct = await bed.agent.api('POST', '/api/destinations', body);
      expect({ what, status: direct.status, fields: direct.body.error?.fields }).toEqual({
        what,
        status: 400,
        fields: expect.arrayContaining([expect.objectContaining({ field: expect.any(String) })]),
      });
      if (what.startsWith('the name') || what.startsWith('the folder')) continue;
      const { name: _, folder: __, ...remote } = body as Record<string, unknown>;
      for (const ask of ['nothing', 'needed']) {
        const { status } = await bed.agent.api('POST', '/api/destination-drafts', { ...remote, ask });
        expect({ what, ask, status }).toEqual({ what, ask, status: 400 });
      }
    }
    expect(readFileSync(bed.conf, 'utf8')).toBe(conf);
    expect(await bed.names()).toEqual(known);
    expect(filesBelow(bed.disks)).toEqual(disks);
    expect(readdirSync('/tmp')).not.toContain('bo-injected');
  }, 120_000);

  it('is refused in renames, changes, folders and host keys too', async () => {
    const asked: [string, string, object][] = [
      ...['a:b', ':local:/etc', '-x', '../x', 'a\nb'].flatMap((text): [string, string, object][] => [
        ['POST', '/api/destinations/good/rename', { name: text }],
        ['PATCH', '/api/destinations/good', { folder: text }],
        ['PATCH', '/api/destinations/good', { options: { path: text } }],
        ['POST', '/api/destinations/good/folders', { path: text }],
        ['POST', '/api/destinations/host-key', { host: text === 'a:b' ? 'a;b' : text }],
        ['POST', '/api/destinations/shared-folder', { name: 'x', folder: text, email: 'a@b.example' }],
      ]),
      ['PATCH', '/api/destinations/good', { options: { remote: ':local:/etc' } }],
      ['PATCH', '/api/destinations/good', { type: 'sftp' }],
      ['POST', '/api/destinations/host-key', { host: 'a', port: 70_000 }],
    ];
    for (const [method, path, body] of asked) {
      const { status } = await bed.agent.api(method, path, body);
      expect({ path, body, status }).toEqual({ path, body, status: 400 });
    }
    for (const path of ['..', 'a:b', ':local:/etc', '-x', 'a%0Ab', 'a%00b'])
      expect([path, (await bed.agent.api('GET', `/api/destinations/good/folders?path=${path}`)).status]).toEqual([path, 400]);
    for (const name of [':local:', 'good,copy_links=true', '%2e%2e', 'a%00b', '-x', 'draft-0123456789ab'])
      for (const what of ['check', 'test', 'adopt'])
        expect([name, what, (await bed.agent.api('POST', `/api/destinations/${name}/${what}`)).status]).toEqual([name, what, 404]);
    expect(readFileSync(bed.conf, 'utf8')).toBe(conf);
    expect(await bed.names()).toEqual(known);
  }, 60_000); // prettier-ignore
});
