import { describe, expect, it } from '@jest/globals';
import { FAILURE_TEXTS } from '../../../core/failure-texts.js';
import type { FailureCode } from '../../../core/failure-texts.js';
import type { DestinationSummary } from '../../../destinations/destination-list.js';
import { freshRow } from '../../../destinations/destination.entity.js';
import type { DestinationRow } from '../../../destinations/destination.entity.js';
import { Reader } from '../reader.js';
import { destinationCard, hrefOf, sortDestinations, stateOf } from './destination-card.js';
import { placeView } from './place-view.js';

const NOW = new Date('2026-11-24T12:00:00Z');
const reader = new Reader('en', 'UTC', NOW);

function aRow(change: Partial<DestinationRow> = {}): DestinationRow {
  const of = { id: '1', name: 'nas', type: 'sftp', folder: 'copies', origin: 'admin' as const };
  return Object.assign(freshRow(of, NOW), change);
}

function aSummary(change: Partial<DestinationSummary> = {}): DestinationSummary {
  return {
    name: 'nas', isDefault: false, type: 'sftp', folder: 'copies', over: null, origin: 'admin',
    canEdit: true, canAdopt: false, row: aRow(), ...change,
  }; // prettier-ignore
}

describe('the state of a destination in words', () => {
  it.each<[Partial<DestinationRow>, string]>([
    [{ healthState: 'ok' }, 'ok'],
    [{ healthState: 'warning', healthCode: 'destination-nearly-full' }, 'nearly-full'],
    [{ healthState: 'failing', healthCode: 'destination-full' }, 'full'],
    [{ healthState: 'needs-authorisation', healthCode: 'destination-expired' }, 'needs-authorisation'],
    [{ healthState: 'needs-authorisation', healthCode: 'destination-auth' }, 'needs-authorisation'],
    [{ healthState: 'needs-authorisation', healthCode: 'destination-host-key' }, 'other-host-key'],
    [{ healthState: 'failing', healthCode: 'destination-unreachable' }, 'unreachable'],
    [{ healthState: 'failing', healthCode: 'destination-changed' }, 'unmounted'],
    [{ healthState: 'failing', healthCode: 'destination-busy' }, 'busy'],
    [{ healthState: 'failing', healthCode: 'destination-daily-limit' }, 'busy'],
    [{ healthState: 'failing', healthCode: 'destination-not-configured' }, 'not-configured'],
    [{ healthState: 'failing', healthCode: 'rclone-unavailable' }, 'no-rclone'],
    [{ healthState: 'failing', healthCode: 'verify-mismatch' }, 'failing'],
    [
      {
        healthState: 'failing',
        healthCode: 'destination-error',
        healthDetail: 'open x: read-only file system',
      },
      'not-writable',
    ],
    [
      {
        type: 'local',
        healthState: 'needs-authorisation',
        healthCode: 'destination-auth',
        healthDetail: 'mkdir x: permission denied',
      },
      'not-writable',
    ],
  ])('%j is %s', (change, state) => {
    expect(stateOf(aRow(change))).toBe(state);
  });

  it('one that nobody looked at is not called good', () => {
    expect([stateOf(null), stateOf(aRow())]).toEqual(['unknown', 'unknown']);
  });

  it('every code that a look may end with has a badge, and a sentence with what to do', () => {
    for (const healthCode of Object.keys(FAILURE_TEXTS) as FailureCode[]) {
      const card = destinationCard(
        aSummary({ row: aRow({ healthState: 'failing', healthCode }) }),
        [],
        reader,
      );
      expect({ healthCode, ...card }).toMatchObject({ healthCode, badge: expect.stringMatching(/./) });
      expect(card.trouble?.fix).not.toBe('');
      expect(card.tone).not.toBe('ok');
    }
  });

  it('only what can be changed here has the button to authorise again', () => {
    const row = aRow({ healthState: 'needs-authorisation', healthCode: 'destination-expired' });
    expect(destinationCard(aSummary({ row }), [], reader).canAuthorise).toBe(true);
    expect(destinationCard(aSummary({ row, canEdit: false }), [], reader).canAuthorise).toBe(false);
  });

  it('says the space, and nothing where the provider does not', () => {
    const row = aRow({ healthState: 'ok', totalBytes: 1000 * 2 ** 30, freeBytes: 250 * 2 ** 30 });
    expect(destinationCard(aSummary({ row }), [], reader).space).toMatchObject({
      says: '250 GiB free of 1,000 GiB',
      used: 75,
    });
    expect(destinationCard(aSummary(), [], reader).space).toBeNull();
  });

  it('what needs a person stands first, then the default', () => {
    const card = (name: string, healthState: 'ok' | 'failing', isDefault = false) =>
      destinationCard(
        aSummary({ name, isDefault, row: aRow({ healthState, healthCode: healthState === 'ok' ? null : 'destination-full' }) }),
        [],
        reader,
      ); // prettier-ignore
    const sorted = sortDestinations([card('a', 'ok'), card('z', 'ok', true), card('m', 'failing')]);
    expect(sorted.map(({ name }) => name)).toEqual(['m', 'z', 'a']);
  });

  it('an alias says over what it lies; a folder of this machine is named once', () => {
    expect(
      destinationCard(aSummary({ type: 'alias', folder: '', over: 'gdrive:ana' }), [], reader).folder,
    ).toBe('gdrive:ana');
    expect(destinationCard(aSummary({ folder: '/disks/usb', over: '/disks/usb' }), [], reader).folder).toBe(
      '/disks/usb',
    );
  });
});

it('a destination called new has an address of its own, and blanks are safe in one', () => {
  expect([hrefOf('new'), hrefOf('my nas')]).toEqual(['/destinations/%6Eew', '/destinations/my%20nas']);
});

it('folders are links from here, also from the top of an SFTP server', () => {
  const found = { folders: ['a b', 'c'], problem: null };
  const many = { folders: Array.from({ length: 500 }, (_, nth) => `f${nth}`), problem: null };
  expect(placeView('/d', '', true, found, reader).more).toBeNull();
  expect(placeView('/d', '', true, many, reader).more).toContain('first 500');
  const hrefs = (at: string): string[] =>
    placeView('/d', at, true, found, reader).folders.map(({ href }) => href);
  expect(hrefs('')).toEqual(['/d?at=a%20b', '/d?at=c']);
  expect(hrefs('/')).toEqual(['/d?at=%2Fa%20b', '/d?at=%2Fc']);
  expect(hrefs('x/y')).toEqual(['/d?at=x%2Fy%2Fa%20b', '/d?at=x%2Fy%2Fc']);
  expect(placeView('/d', '/x/y', true, found, reader).trail.map(({ href }) => decodeURIComponent(href))).toEqual([
    '/d?at=', '/d?at=/', '/d?at=/x', '/d?at=/x/y',
  ]); // prettier-ignore
});
