import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DestinationRefusal } from '../../../destinations/destination-refusal.js';
import type { DestinationDetails } from '../../../destinations/destination-list.js';
import { say } from '../../texts.js';
import type { Page } from '../page.js';
import { changedOptions, editFields } from './edit-fields.js';
import { FormPages } from './form-pages.js';
import { KINDS, kindById } from './kinds.js';
import { folderOf, localPath, orderOf, typedIn } from './read-form.js';

const kind = (id: string) => kindById(id)!;
const refusal = (act: () => unknown): string => {
  try {
    act();
    return 'taken';
  } catch (error) {
    return error instanceof DestinationRefusal ? `${error.code} ${error.field}` : String(error);
  }
};

describe('a destination form', () => {
  it('takes the token out of what rclone authorize printed around it', () => {
    const token = '{"access_token":"x","expiry":"2030-01-01T00:00:00Z"}';
    const pasted = `Paste the following into your remote machine --->\r\n${token}\r\n<---End paste`;
    for (const text of [pasted, token, ` ${token}\n`])
      expect(typedIn(kind('dropbox').fields, { token: text })['token']).toBe(token);
    expect(typedIn(kind('dropbox').fields, { token: 'no token' })['token']).toBe('no token');
  });

  it('keeps blanks in passwords only', () => {
    const typed = typedIn(kind('webdav').fields, { name: ' nas ', pass: ' secret ' });
    expect(typed).toMatchObject({ name: 'nas', pass: ' secret ' });
  });

  it('names what is missing; a service account needs no client and no token', () => {
    const typed = { name: 'gdrive', client_id: 'an-id', client_secret: '', token: '' };
    expect(refusal(() => orderOf(kind('drive'), typed))).toBe('option-required client_secret');
    const account = { ...typed, client_id: '', service_account_credentials: '{}' };
    expect(orderOf(kind('drive'), account).options).toEqual({
      service_account_credentials: '{}',
      stop_on_upload_limit: 'true',
    });
  });

  it.each([
    [{ bucket: 'vault', folder: 'a/b' }, 'vault/a/b'],
    [{ bucket: '/vault/', folder: '/a' }, 'vault/a'],
    [{ bucket: 'vault', folder: '' }, 'vault'],
    [{ folder: '/a/b' }, '/a/b'],
  ])('%j is the folder %s', (typed, folder) => {
    expect(folderOf(typed as Record<string, string>)).toBe(folder);
  });

  it('a folder of this machine is the root with what is below it', () => {
    expect(localPath({ root: '/disks/', folder: '/usb/copies/' })).toBe('/disks/usb/copies');
    expect(localPath({ root: '/disks', folder: '' })).toBe('/disks');
  });

  it('no kind has a field twice, and an order holds nothing but its fields and what is fixed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.dictionary(fc.string(), fc.string({ minLength: 1 })),
        (of, other) => {
          const names = of.fields.map(({ name }) => name);
          expect(new Set(names).size).toBe(names.length);
          const body = { ...other, ...Object.fromEntries(names.map((name) => [name, 'x'])) };
          const { options } = orderOf(of, typedIn(of.fields, body));
          const allowed = [...names, ...Object.keys(of.fixed ?? {}), 'path'];
          for (const option of Object.keys(options)) expect(allowed).toContain(option);
        },
      ),
    );
  });
});

it('a secret that is left empty in an edit form stays, an option that is emptied goes', () => {
  const { fields } = kind('s3');
  const typed = typedIn(fields, { endpoint: '', region: 'eu', secret_access_key: '' });
  const options = changedOptions(fields, typed);
  expect(options).toMatchObject({ endpoint: '', region: 'eu' });
  expect(Object.keys(options)).not.toContain('secret_access_key');
  expect(Object.keys(options)).not.toContain('folder');
});

it('a choice in an edit form begins with what is set, so that nobody changes it unawares', () => {
  const details = { type: 's3', options: { provider: 'Backblaze', chunk_size: '64Mi' }, secretsSet: [] };
  const fields = editFields(details as unknown as DestinationDetails);
  const first = (name: string) => fields.find((field) => field.name === name)?.choices?.[0]?.value;
  expect([first('provider'), first('chunk_size')]).toEqual(['Backblaze', '5Mi']);
  const unset = editFields({ ...details, options: {} } as unknown as DestinationDetails);
  expect(unset.find(({ name }) => name === 'chunk_size')?.choices?.[0]).toEqual({ value: '', label: '–' });
});

describe('the form of the shared account', () => {
  const fields = (type: string): string[] => {
    const page = { config: { driveShare: { type } } } as unknown as Page;
    return new FormPages(page)
      .fieldsOf(kind('shared'))
      .map(({ name, text = name, required }) => `${text}${required === true ? '!' : ''}`);
  };

  it('asks for an address, and for a link for anyone only in so many words', () => {
    expect(fields('user')).toEqual(['name!', 'email!', 'sharedFolder!']);
    expect(fields('domain')).toEqual(['name!', 'domain!', 'sharedFolder!']);
    expect(fields('anyone')).toEqual(['name!', 'anyone!', 'sharedFolder!']);
    expect(say('en', 'field.anyone')).toContain('everybody who has the link may read these backups');
  });
});
