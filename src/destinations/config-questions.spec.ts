import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Answered, Question } from './config-questions.js';
import { DestinationRefusal } from './destination-refusal.js';
import { destinationsBed } from './destinations.fixture.js';
import type { DestinationsBed } from './destinations.fixture.js';

const TOKEN =
  '{"access_token":"canary-access","refresh_token":"canary-refresh","expiry":"2030-01-01T00:00:00Z"}';

function asked(answered: Answered): Question {
  if (answered.done) throw new Error('no question is left');
  return answered.question;
}

describe('any backend by question and answer', () => {
  let bed: DestinationsBed;
  afterEach(async () => bed.close());

  it('Drive asks for a token with the command to run elsewhere, then for the shared drive', async () => {
    bed = await destinationsBed();
    const options = { client_id: 'an-id', client_secret: 'canary-secret' };
    let question = asked(await bed.questions.begin({ type: 'drive', options }, false));
    expect(question).toMatchObject({ name: 'config_token', secret: true });
    expect(question.help).toContain('rclone authorize');
    const draft = question.draft;
    question = asked(await bed.questions.answer(draft, question.state, TOKEN));
    expect(question.name).toBe('config_change_team_drive');
    expect(question.examples.map(({ value }) => value)).toEqual(['true', 'false']);
    expect(await bed.questions.answer(draft, question.state, 'false')).toEqual({ done: true, draft });
    expect(await bed.conf.section(draft)).toMatchObject({ type: 'drive', token: TOKEN, client_id: 'an-id' });
    await bed.drafts.close(draft);
    expect(await bed.conf.remotes()).toEqual([]);
  });

  it('asks for everything of a backend, but never for what runs programs or reads files, and what comes out is saved', async () => {
    bed = await destinationsBed('[base]\ntype = alias\nremote = {root}/base\n');
    await mkdir(join(bed.root, 'base'));
    let step = await bed.questions.begin({ type: 'chunker', options: {} });
    const names: string[] = [];
    while (!step.done) {
      const { question } = step;
      names.push(question.name);
      step = await bed.questions.answer(
        question.draft,
        question.state,
        question.name === 'remote' ? 'base:parts' : '',
      );
    }
    expect(names).toContain('remote');
    expect(names).toContain('chunk_size');
    expect(await bed.admin.save(step.draft, 'pieces', '')).toMatchObject({ name: 'pieces', type: 'chunker' });
    expect((await bed.conf.remotes()).sort()).toEqual(['base', 'pieces']);
  });

  it('OneDrive with a pasted token is asked which drive, not for the token again', async () => {
    bed = await destinationsBed();
    const question = asked(await bed.questions.begin({ type: 'onedrive', options: { token: TOKEN } }, false));
    expect(question.name).toBe('config_type');
    expect((await bed.conf.section(question.draft))?.['token']).toBe(TOKEN);
  });

  it('a password that was answered is obscured in rclone.conf', async () => {
    bed = await destinationsBed();
    let step = await bed.questions.begin({ type: 'webdav', options: { url: 'https://h/', vendor: 'other' } });
    while (!step.done) {
      const { draft, state, name } = step.question;
      expect(bed.questions.current(draft)).toMatchObject({ state, name });
      step = await bed.questions.answer(draft, state, name === 'pass' ? 'canary-pass' : '');
    }
    const section = await bed.conf.section(step.draft);
    expect(section?.['pass']).toMatch(/^[\w-]{30,}$/);
    expect(bed.questions.current(step.draft)).toBeNull();
  });

  it('refuses values that are not plain, other states, old drafts and backends that are not offered', async () => {
    bed = await destinationsBed();
    const question = asked(await bed.questions.begin({ type: 'webdav', options: {} }));
    expect(question.name).toBe('url');
    const no = async (promise: Promise<unknown>): Promise<string> => {
      const error: unknown = await promise.catch((reason: unknown) => reason);
      return error instanceof DestinationRefusal ? `${error.code} ${error.field}` : String(error);
    };
    const { draft, state } = question;
    expect(await no(bed.questions.answer(draft, state, 'https://h/\n[evil]'))).toBe('value-invalid url');
    expect(await no(bed.questions.answer(draft, state, 'file:///etc'))).toBe('value-invalid url');
    expect(await no(bed.questions.answer(draft, '*postconfig', 'x'))).toBe('draft-unknown state');
    expect(await no(bed.questions.begin({ type: 'local', options: {} }))).toBe('type-unknown type');
    expect(await no(bed.questions.begin({ type: 'sftp', options: { ssh: 'x' } }))).toBe(
      'option-forbidden ssh',
    );
    expect(await no(bed.questions.begin({ type: 'sftp', options: { host: 'h' } }))).toBe(
      'host-key-needed host',
    );
    expect(await no(bed.admin.save('draft-000000000000', 'x', ''))).toBe('draft-unknown draft');
    bed.clock.advance(3_600_001);
    expect(await no(bed.questions.answer(draft, state, 'https://h/'))).toBe('draft-unknown draft');
    await bed.drafts.sweep();
    expect(await bed.conf.remotes()).toEqual([]);
  });
});
