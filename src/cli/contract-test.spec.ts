import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startExportApp } from '../../test/bed/export-app/server.mjs';
import type { ExportApp, ExportAppConfig } from '../../test/bed/export-app/server.mjs';
import { SystemClock } from '../core/clock.js';
import { contractTest } from './contract-test.js';
import { CONTRACT_CHECKS } from './contract-texts.js';
import { runContractTest } from './run-contract-test.js';
import type { ContractOptions } from './run-contract-test.js';

const TOKEN = 'canary-contract-test-55';
const FINE: ExportAppConfig = { mode: 'sync', sizeBytes: 300_000, format: 'dump', capabilities: 'ok', abortAt: 0, status: 500, location: '', polls: 1, retryAfter: '0.01' } as ExportAppConfig; // prettier-ignore

describe('contract-test', () => {
  let app: ExportApp;

  beforeAll(async () => {
    app = await startExportApp({ token: TOKEN });
  });
  afterAll(() => app.close());
  beforeEach(() => app.control(FINE));

  const tryApp = async (patch: Partial<ExportAppConfig>, token: string | null = TOKEN, url = app.url) => {
    app.control(patch);
    const order = { url, token, lang: 'en', idleMs: 400, mostBytes: 10_000_000 } as const;
    return contractTest(order, new SystemClock(), new AbortController().signal);
  };
  const outcomes = (checks: Awaited<ReturnType<typeof tryApp>>): string[] =>
    checks.map(
      ({ name, outcome, failure }) => `${name} ${outcome}${failure === null ? '' : ` ${failure.code}`}`,
    );

  const GOOD = ['connect', 'capabilities', 'token-required', 'token-wrong', 'error-json', 'export', 'headers', 'body', 'checksum', 'format'].map((name) => `${name} ok`); // prettier-ignore

  it.each(['sync', 'repr-digest'])('finds nothing wrong with an app that keeps to it (%s)', async (mode) => {
    expect(outcomes(await tryApp({ mode }))).toEqual(GOOD);
  });

  it('takes a checksum in a trailer', async () => {
    expect(outcomes(await tryApp({ mode: 'trailer' }))).toEqual(GOOD);
  });

  it('follows a job to its download and tries to continue it', async () => {
    const withJob = [...GOOD.slice(0, 6), 'job ok', ...GOOD.slice(6), 'range ok'];
    expect(outcomes(await tryApp({ mode: 'async' }))).toEqual(withJob);
    const without = await tryApp({ mode: 'async-no-range' });
    expect(outcomes(without).at(-1)).toBe('range warning');
  });

  it.each<[Partial<ExportAppConfig>, string]>([
    [{ mode: 'status', status: 500 }, 'export failed app-error'],
    [{ mode: 'status', status: 404 }, 'export failed app-not-found'],
    [{ mode: 'status', status: 302, location: '/x' }, 'export failed app-redirected'],
    [{ mode: 'not-json' }, 'export failed contract-invalid'],
    [{ mode: 'no-answer' }, 'export failed app-timeout'],
    [{ mode: 'web-page' }, 'headers failed contract-invalid'],
    [{ mode: 'close-delimited' }, 'headers failed export-unverifiable'],
    [{ mode: 'sizes-differ' }, 'headers failed contract-invalid'],
    [{ mode: 'bad-checksum' }, 'headers failed contract-invalid'],
    [{ mode: 'bare' }, 'headers warning'],
    [{ mode: 'gzip' }, 'headers warning'],
    [{ mode: 'abort-chunked', abortAt: 1000 }, 'body failed export-broken'],
    [{ mode: 'stall', abortAt: 1000 }, 'body failed app-idle'],
    [{ mode: 'wrong-checksum' }, 'checksum failed checksum-mismatch'],
    [{ mode: 'wrong-trailer' }, 'checksum failed checksum-mismatch'],
    [{ mode: 'size-too-long' }, 'checksum failed size-mismatch'],
    [{ mode: 'empty' }, 'checksum failed export-empty'],
    [{ mode: 'bare' }, 'checksum warning'],
    [{ mode: 'endless' }, 'body warning'],
    [{ format: 'gzip' }, 'format warning'],
    [{ mode: 'async-failed' }, 'job failed app-job-failed'],
    [{ mode: 'async-lost' }, 'job failed app-job-lost'],
    [{ mode: 'async-garbage' }, 'job failed contract-invalid'],
    [{ mode: 'async-no-download' }, 'job failed contract-invalid'],
    [{ mode: 'async-expired' }, 'job failed app-error'],
    [{ capabilities: 'missing' }, 'capabilities warning'],
    [{ capabilities: 'html' }, 'capabilities warning'],
  ])('of an app with %j it says: %s', async (patch, says) => {
    const checks = await tryApp(patch);
    expect(outcomes(checks)).toContain(says);
    expect(JSON.stringify(checks)).not.toContain(TOKEN);
  });

  it('says that anybody gets the data of an app that asks for no token', async () => {
    const open = await startExportApp({ ...FINE });
    try {
      const checks = await tryApp({}, TOKEN, open.url);
      expect(outcomes(checks).slice(2, 4)).toEqual([
        'token-required failed contract-invalid',
        'token-wrong failed contract-invalid',
      ]);
      expect(checks[2]?.detail).toContain('gets the data');
      expect(outcomes(checks)).toContain('checksum ok');
      expect(outcomes(await tryApp({}, null, open.url))).toContain('token-required warning');
    } finally {
      await open.close();
    }
  });

  it('ends where it must when nobody answers, or the token is wrong', async () => {
    expect(outcomes(await tryApp({}, TOKEN, 'http://127.0.0.1:1'))).toEqual([
      'connect failed app-unreachable',
      'capabilities skipped',
      'export skipped',
    ]);
    expect(outcomes(await tryApp({}, 'something-else'))).toEqual([
      'connect ok',
      'capabilities failed app-auth',
      'export skipped',
    ]);
  });

  describe('on the command line', () => {
    const options: ContractOptions = { url: '', format: 'text', lang: 'en', tokenEnv: undefined, tokenStdin: false, timeout: '1' }; // prettier-ignore
    async function printed(more: Partial<ContractOptions>, environment: Record<string, string> = { BACKUP_TOKEN: TOKEN }): Promise<[number, string]> {
      let out = '';
      const write = process.stdout.write.bind(process.stdout);
      process.stdout.write = (text) => (out += String(text)) !== '';
      try {
        return [await runContractTest({ ...options, url: app.url, ...more }, environment), out];
      } finally {
        process.stdout.write = write;
      }
    } // prettier-ignore

    it('prints a checklist in the language that is asked for, and ends with 0', async () => {
      for (const lang of ['en', 'es'] as const) {
        const [code, out] = await printed({ lang });
        expect(code).toBe(0);
        expect(out.match(/^✓ /gm)).toHaveLength(GOOD.length);
        expect(out).toContain(CONTRACT_CHECKS.checksum[lang]);
        expect(out).not.toContain(TOKEN);
      }
    });

    it('prints JSON for machines, and ends with 1 on an error', async () => {
      app.control({ mode: 'wrong-checksum' });
      const [code, out] = await printed({ format: 'json', tokenEnv: 'MINE' }, { MINE: TOKEN });
      expect(code).toBe(1);
      expect(JSON.parse(out)).toContainEqual(
        expect.objectContaining({ check: 'checksum', outcome: 'failed', error: expect.objectContaining({ code: 'checksum-mismatch' }) }),
      );
    }); // prettier-ignore

    it.each<[Partial<ContractOptions>, RegExp]>([
      [{ url: undefined }, /address/],
      [{ url: 'ftp://x' }, /address/],
      [{ url: 'http://user:canary@x' }, /plain/],
      [{ url: 'http://x/?token=canary' }, /plain/],
      [{ tokenEnv: 'NOT_SET' }, /NOT_SET is not set/],
      [{ timeout: 'soon' }, /seconds/],
    ])('refuses %j', async (more, message) => {
      await expect(printed(more)).rejects.toThrow(message);
    });
  });
});
