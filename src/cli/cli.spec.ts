import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { lintCompose } from './lint-compose.js';

const options = { prefix: 'backup', network: 'backups_net', lang: 'en' } as const;
const codes = (text: string): string[] =>
  lintCompose(text, options).map(({ service, code }) => `${service}: ${code}`);
const NETWORKS = 'networks:\n  backups_net:\n    external: true\n';

describe('lint', () => {
  it('finds nothing in what the README shows', () => {
    const shown = /```yaml\n([^]*?)```/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
    expect(codes(shown)).toEqual([]);
  });

  it('reads labels as a list and as a map, with anchors, merges and YAML booleans', () => {
    const text = `x-backup: &backup\n  backup.enable: true\n  backup.port: 8080\nservices:\n  one:\n    labels: { <<: *backup, backup.freqency: daily }\n    environment: [BACKUP_TOKEN=x]\n    networks: [backups_net]\n  two:\n    labels: ["backup.enable=true", "backup.port=80800"]\n    environment: { BACKUP_TOKEN: x }\n    networks: { backups_net: {} }\n${NETWORKS}`;
    expect(codes(text)).toEqual(['one: label-unknown', 'two: port-invalid']);
  });

  it('names a missing network, a project’s own network, host mode, a missing variable and labels of the service only', () => {
    const base = (more: string): string =>
      `services:\n  app:\n    labels: { backup.enable: "true", backup.port: "80" }\n    environment: { BACKUP_TOKEN: x }\n${more}`;
    expect(codes(base(''))).toEqual(['app: network-not-attached']);
    expect(codes(base('    networks: [backups_net]\nnetworks: { backups_net: {} }\n'))).toEqual([
      'app: network-not-attached',
    ]);
    expect(codes(base('    networks: [b]\nnetworks: { b: { name: backups_net } }\n'))).toEqual([]);
    expect(codes(base('    network_mode: host\n'))).toEqual(['app: network-mode-unsupported']);
    const noToken = `services:\n  app:\n    labels: { backup.enable: "true" }\n    networks: [backups_net]\n${NETWORKS}`;
    expect(codes(noToken)).toEqual(['app: token-variable-missing']);
    expect(codes('services:\n  app:\n    deploy: { labels: { backup.enable: "true" } }\n')).toEqual([
      'app: labels-on-service',
    ]);
  });

  it.each(['', 'a: [', 'services: 3', '[]'])('says what is wrong with %j', (text) => {
    expect(() => lintCompose(text, options)).toThrow(/services|YAML/);
  });

  it('never repeats a secret', () => {
    const text =
      'services:\n  app:\n    labels: { backup.enable: "true", backup.token: canary-99, backup.token-ref: canary-98 }\n';
    expect(JSON.stringify(lintCompose(text, options))).not.toContain('canary');
  });
});
