import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DestinationRefusal, REFUSALS } from './destination-refusal.js';
import { destinationsBed } from './destinations.fixture.js';
import type { DestinationsBed } from './destinations.fixture.js';

let bed: DestinationsBed;
beforeAll(async () => {
  bed = await destinationsBed('[base]\ntype = alias\nremote = {root}/base\n', {
    LOCAL_DIRECTORIES_ROOT: '{root}/disks',
  });
  await mkdir(join(bed.root, 'disks'));
  await mkdir(join(bed.root, 'base'));
}, 30_000);
afterAll(async () => bed.close());

const local = (name: string): Parameters<DestinationsBed['admin']['create']>[0] => ({
  name,
  type: 'local',
  options: { path: join(bed.root, 'disks', name) },
  folder: '',
});

async function refusal(promise: Promise<unknown>): Promise<DestinationRefusal> {
  const error: unknown = await promise.then(
    () => 'it was done',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DestinationRefusal);
  return error as DestinationRefusal;
}

it.each(Object.entries(REFUSALS))('%s has a sentence in both languages', (_, { en, es }) => {
  expect(en).toMatch(/^\p{Lu}.*\.$/u);
  expect(es).toMatch(/^\p{Lu}.*\.$/u);
  expect(es).not.toBe(en);
});

describe('what is refused', () => {
  const cases: [string, string, Record<string, string>][] = [
    ['sftp', 'ssh', { host: 'h', ssh: 'sh -c id' }],
    ['sftp', 'md5sum_command', { host: 'h', md5sum_command: 'id' }],
    ['sftp', 'server_command', { host: 'h', server_command: 'id' }],
    ['sftp', 'key_file', { host: 'h', key_file: '/etc/shadow' }],
    ['sftp', 'known_hosts_file', { host: 'h', known_hosts_file: '/dev/null' }],
    ['sftp', 'http_proxy', { host: 'h', http_proxy: 'x' }],
    ['webdav', 'bearer_token_command', { url: 'http://h', bearer_token_command: 'id' }],
    ['drive', 'service_account_file', { service_account_file: '/etc/passwd' }],
    ['s3', 'shared_credentials_file', { shared_credentials_file: '/root/.aws' }],
    ['sftp', 'nonsense', { host: 'h', nonsense: '1' }],
    ['sftp', 'type', { host: 'h', type: 'local' }],
    ['sftp', 'host', { host: 'a\nb = c' }],
    ['sftp', 'host', { host: '-oProxyCommand=id' }],
    ['sftp', 'host', { host: 'h,ssh="id"' }],
    ['sftp', 'user', { host: 'h', user: '-l' }],
    ['sftp', 'user', { host: 'h', user: 'a\0b' }],
    ['sftp', 'port', { host: 'h', port: '22 -x' }],
    ['sftp', 'key_pem', { host: 'h', key_pem: 'x\n[evil]\ntype = local' }],
    ['webdav', 'url', { url: 'file:///etc/passwd' }],
    ['webdav', 'url', { url: 'https://u:p@h/' }],
    ['webdav', 'pass', { url: 'https://h/', pass: 'a\r\n[evil]' }],
    ['drive', 'token', { token: '{"a":1}\n[evil]' }],
    ['union', 'upstreams', { upstreams: ':local:/etc base:' }],
    ['union', 'upstreams', { upstreams: 'base,root=/etc: base:' }],
    ['union', 'upstreams', { upstreams: 'base:../../etc' }],
    ['union', 'upstreams', { upstreams: '/etc' }],
    ['chunker', 'remote', { remote: 'base:-x' }],
    ['local', 'nounc', { path: '/x', nounc: 'true' }],
    ['memory', 'type', {}],
    ['alias', 'type', { remote: '/etc' }],
    ['nonsense', 'type', {}],
    ['webdav', 'url', {}],
  ];

  it.each(cases)('%s: %s of %j', async (type, field, options) => {
    const error = await refusal(bed.admin.create({ name: 'evil', type, options, folder: '' }));
    expect(error.field).toBe(field);
    for (const value of Object.values(options).filter((text) => text.length > 3))
      expect(error.message).not.toContain(value);
    expect(await bed.conf.remotes()).toEqual(['base']);
    expect(await bed.book.all()).toEqual([]);
  });

  it.each([
    '',
    ':local:/etc',
    'nas,root=/:',
    '-nas',
    '..',
    'a..b',
    'a\0b',
    'a\nb',
    'a/b',
    'a b',
    'draft-0123456789ab',
    'ñ',
    'a'.repeat(64),
  ])('the name %j', async (name) => {
    expect((await refusal(bed.admin.create({ ...local('usb'), name }))).code).toBe('name-invalid');
    expect(await bed.conf.remotes()).toEqual(['base']);
  });

  it.each([':local:/etc', '../x', 'a/../../x', '-x', 'a/-x', 'a\nb', 'a\0b', 'base:x', '//etc', 'a//b'])(
    'the folder %j',
    async (folder) => {
      const error = await refusal(bed.admin.create({ ...local('usb'), folder }));
      expect([error.code, error.field]).toEqual(['folder-invalid', 'folder']);
      expect(await bed.conf.remotes()).toEqual(['base']);
    },
  );

  it('an SFTP server whose fingerprint nobody accepted', async () => {
    const order = { name: 'nas', type: 'sftp', options: { host: '127.0.0.1', pass: 'secret1' }, folder: '' };
    expect((await refusal(bed.admin.create(order))).code).toBe('host-key-needed');
    expect(await bed.conf.remotes()).toEqual(['base']);
  });
});
