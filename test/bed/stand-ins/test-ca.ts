import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestCa {
  /** File with the authority's certificate. */
  caFile: string;
  caCert: Buffer;
  key: Buffer;
  cert: Buffer;
  remove(): Promise<void>;
}

/** An authority of its own, and one certificate of it for these hosts. */
export async function testCa(hosts: string[]): Promise<TestCa> {
  const root = await mkdtemp(join(tmpdir(), 'bo-ca-'));
  const at = (name: string): string => join(root, name);
  const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: root, stdio: 'pipe' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
  );
  openssl('req', ...ec, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', `/CN=${hosts[0] ?? ''}`);
  await writeFile(at('san'), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\n`);
  openssl(
    'x509',
    '-req',
    '-in',
    'leaf.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'san',
    '-out',
    'leaf.pem',
  );
  return {
    caFile: at('ca.pem'),
    caCert: await readFile(at('ca.pem')),
    key: await readFile(at('leaf.key')),
    cert: await readFile(at('leaf.pem')),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
