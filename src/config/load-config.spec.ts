import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ENVIRONMENT, SECRET_KEYS, TEST_KEYS } from './config.schema.js';
import { ConfigError, loadConfig } from './load-config.js';

const GOOD = { APP_SECRET_KEY: 'k'.repeat(40), APP_ADMIN_PASS: 'a-long-enough-pass' };

function problemsOf(source: Record<string, string>): readonly string[] {
  try {
    loadConfig(source);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('loadConfig', () => {
  it('lists every bad key at once', () => {
    const problems = problemsOf({ APP_PORT: 'x', TZ: 'Mars/Olympus', APP_ADMIN_PASS: 'short' });
    expect(problems.map((line) => line.split(' ')[0]).sort()).toEqual([
      'APP_ADMIN_PASS',
      'APP_PORT',
      'APP_SECRET_KEY',
      'TZ',
    ]);
  });

  it.each(['changeme', 'admin', 'password', ''])('refuses %j as admin password', (pass) => {
    expect(problemsOf({ ...GOOD, APP_ADMIN_PASS: pass }).length).toBeGreaterThan(0);
  });

  it('never repeats a secret in a problem', () => {
    expect(problemsOf({ APP_SECRET_KEY: 'canary-7731', APP_ADMIN_PASS: 'canary-88' }).join()).not.toContain(
      'canary',
    );
  });

  it('reads a secret from its file, without the line end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    const file = join(folder, 'key');
    writeFileSync(file, `${'s'.repeat(40)}\n`);
    const config = loadConfig({ APP_ADMIN_PASS: GOOD.APP_ADMIN_PASS, APP_SECRET_KEY_FILE: file });
    expect(config.appSecretKey).toBe('s'.repeat(40));
    expect(problemsOf({ ...GOOD, APP_SECRET_KEY_FILE: file })[0]).toContain('both set');
    expect(
      problemsOf({ APP_ADMIN_PASS: GOOD.APP_ADMIN_PASS, APP_SECRET_KEY_FILE: `${file}.none` })[0],
    ).toContain('cannot be read');
    rmSync(folder, { recursive: true });
  });

  it('does not speak plainly to an engine that is to be asked with TLS', () => {
    const tcp = { ...GOOD, DOCKER_HOST: 'tcp://docker:2376' };
    expect(problemsOf({ ...tcp, DOCKER_TLS_VERIFY: '1' })).toEqual([
      expect.stringContaining('DOCKER_CERT_PATH'),
    ]);
    for (const fine of [
      { ...tcp, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
      { ...tcp, DOCKER_TLS_VERIFY: '0' },
      { ...tcp, DOCKER_TLS_VERIFY: '' },
      { ...GOOD, DOCKER_TLS_VERIFY: '1' },
    ])
      expect(problemsOf(fine)).toEqual([]);
  });

  it.each([
    ['1.41', '1.41'],
    ['v1.52', '1.52'],
    ['', null],
  ])('takes %j as version of the API', (given, expected) => {
    expect(loadConfig({ ...GOOD, DOCKER_API_VERSION: given }).dockerApiVersion).toBe(expected);
  });

  it.each(['1.40', '1.53', '1', 'latest', '2.41'])('refuses %j as version of the API', (given) => {
    expect(problemsOf({ ...GOOD, DOCKER_API_VERSION: given })).toEqual([
      'DOCKER_API_VERSION must be between 1.41 and 1.52',
    ]);
  });

  it('reads local directories, quotes tolerated, and names a bad entry', () => {
    const config = loadConfig({ ...GOOD, RCLONE_LOCAL_DIRECTORIES: '"Disk one|/mnt/one; Two |/mnt/two"' });
    expect(config.localDirectories).toEqual([
      { label: 'Disk one', path: '/mnt/one' },
      { label: 'Two', path: '/mnt/two' },
    ]);
    expect(problemsOf({ ...GOOD, RCLONE_LOCAL_DIRECTORIES: 'One|relative' })[0]).toContain('One|relative');
    expect(problemsOf({ ...GOOD, RCLONE_LOCAL_DIRECTORIES: 'One|/a/../etc' })[0]).toContain('/a/../etc');
  });

  it('is frozen and keeps units in names', () => {
    const config = loadConfig({
      ...GOOD,
      REQUEST_TIMEOUT_S: '60',
      BACKUP_MAX_SIZE_MB: '5',
      BACKUP_TOKEN_GHOST: 'tok',
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(config).toMatchObject({ port: 5550, requestTimeoutMs: 60_000, maxSizeBytes: 5 * 1024 * 1024 });
    expect(config.tokens.get('ghost')).toBe('tok');
  });

  it('knows every key of .env.example and explains every key that it knows', () => {
    const lines = readFileSync('.env.example', 'utf8').split('\n');
    const documented = lines
      .map((line) => /^#? ?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1])
      .filter((key) => key !== undefined);
    const known = Object.keys(ENVIRONMENT.shape).filter((key) => !TEST_KEYS.some((test) => test === key));
    const files = SECRET_KEYS.map((key) => `${key}_FILE`);
    expect([...new Set(documented)].filter((key) => !files.includes(key)).sort()).toEqual(known.sort());
    for (const line of lines) {
      const [, key, value] = /^#? ?([A-Z][A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined || value === '' || files.includes(key)) continue;
      const shape = ENVIRONMENT.shape[key as keyof typeof ENVIRONMENT.shape];
      const fallback = shape.safeParse(undefined);
      expect({ key, value: shape.parse(value) }).toEqual({
        key,
        value: fallback.success && fallback.data !== undefined ? fallback.data : shape.parse(value),
      });
    }
  });
});
