import { describe, expect, it } from '@jest/globals';
import { asFailure, BackupFailure } from './failure.js';
import { FAILURE_TEXTS } from './failure-texts.js';
import { runProcess, startProcess } from './process.js';
import { redact, rememberSecret } from './redact.js';
import { SecretsBox } from './secrets-box.js';
import { WARNING_TEXTS } from './warning-texts.js';

describe('failures', () => {
  it.each(Object.entries(FAILURE_TEXTS))('%s has a sentence and a hint in both languages', (_code, text) => {
    for (const sentence of [text.en, text.es]) {
      expect(sentence.says).toMatch(/^\p{Lu}.*[.:)]$|^rclone.*\.$/u);
      expect(sentence.hint.length).toBeGreaterThan(10);
    }
    expect(text.en.says).not.toBe(text.es.says);
  });

  it.each(Object.values(WARNING_TEXTS))('a warning has both languages: %j', ({ en, es }) => {
    expect(en).not.toBe(es);
  });

  it('keeps no secret and no control character in its message', () => {
    rememberSecret('canary-secret-1');
    const failure = new BackupFailure('app-error', {
      detail: 'said canary-secret-1\u001b[2J\n{"level":"error"}',
    });
    expect(failure.message).not.toMatch(/canary|\p{Cc}/u);
    expect(asFailure(new Error('x')).code).toBe('internal');
    expect(asFailure(failure)).toBe(failure);
  });
});

describe('redact', () => {
  it.each([
    'Authorization: Bearer abcdef123456',
    '{"token":"abcdef123456"}',
    'pass=abcdef123456,host=x',
    'https://user:abcdef123456@host/x',
    "client_secret = 'abcdef123456'",
  ])('hides the secret in %s', (text) => {
    expect(redact(text)).not.toContain('abcdef123456');
  });

  it('leaves ordinary text as it is', () => {
    expect(redact('stored ghost/ghost_20261124_0826.tar (12 bytes) at nas')).toBe(
      'stored ghost/ghost_20261124_0826.tar (12 bytes) at nas',
    );
  });
});

describe('SecretsBox', () => {
  const box = new SecretsBox('k'.repeat(40));

  it('opens what it sealed, only at the same place and with the same key', () => {
    const sealed = box.seal('s3cret', 'apps:1:token');
    expect(sealed).not.toContain('s3cret');
    expect(box.open(sealed, 'apps:1:token')).toBe('s3cret');
    expect(() => box.open(sealed, 'apps:2:token')).toThrow();
    expect(() => new SecretsBox('j'.repeat(40)).open(sealed, 'apps:1:token')).toThrow();
    expect(box.seal('s3cret', 'apps:1:token')).not.toBe(sealed);
  });
});

describe('processes', () => {
  it('inherit nothing of the environment', async () => {
    const end = await runProcess({ command: '/usr/bin/env', args: [], environment: { ONLY: 'this' } }, 5000);
    expect(end.stdout.trim()).toBe('ONLY=this');
  });

  it('say so when the binary is missing', async () => {
    await expect(startProcess({ command: '/no/such/binary', args: [], environment: {} })).rejects.toThrow(
      'ENOENT',
    );
  });

  it('are stopped, with SIGKILL where SIGTERM is ignored', async () => {
    const order = {
      command: '/bin/sh',
      args: ['-c', 'trap "" TERM; echo up; while :; do sleep 0.1; done'],
      environment: { PATH: '/usr/bin:/bin' },
    };
    const running = await startProcess(order);
    await new Promise((resolve) => running.stdout.once('data', resolve));
    expect((await running.stop(200)).signal).toBe('SIGKILL');
  });

  it('are over when they are stopped, also where a child of theirs holds the pipes open', async () => {
    const order = {
      command: '/bin/sh',
      args: ['-c', 'sleep 20; true'],
      environment: { PATH: '/usr/bin:/bin' },
    };
    expect(await runProcess(order, 100)).toMatchObject({ stdout: '' });
  });

  it('that never stop printing are stopped, and little of it is kept', async () => {
    const order = { command: '/bin/cat', args: ['/dev/zero'], environment: {} };
    const end = await runProcess(order, 60_000);
    expect(end.signal).toBe('SIGTERM');
    expect(end.stdout.length).toBeLessThanOrEqual(1024 * 1024);
  });
});
