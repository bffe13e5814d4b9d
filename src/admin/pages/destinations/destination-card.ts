import { FAILURE_TEXTS } from '../../../core/failure-texts.js';
import type { DestinationSummary } from '../../../destinations/destination-list.js';
import type { DestinationRow } from '../../../destinations/destination.entity.js';
import type { Tone } from '../app-verdict.js';
import { fileSize } from '../format.js';
import type { Moment } from '../format.js';
import type { Reader } from '../reader.js';

/** What a person reads about the state of a destination: a closed list with a word for each. */
export const DESTINATION_STATES = [
  'unknown',
  'ok',
  'nearly-full',
  'full',
  'needs-authorisation',
  'other-host-key',
  'unreachable',
  'unmounted',
  'not-writable',
  'not-configured',
  'busy',
  'no-rclone',
  'failing',
] as const;
export type DestinationState = (typeof DESTINATION_STATES)[number];

export interface AppLink {
  id: string;
  name: string;
}

export interface DestinationCard {
  name: string;
  href: string;
  isDefault: boolean;
  /** Kind of storage in words. */
  kind: string;
  folder: string;
  state: DestinationState;
  tone: Tone;
  badge: string;
  trouble: { says: string; fix: string; detail: string | null } | null;
  space: { says: string; used: number; max: number; tone: Tone } | null;
  checked: Moment | null;
  unwell: Moment | null;
  apps: readonly AppLink[];
  canAdopt: boolean;
  canAuthorise: boolean;
}

const TONES: Partial<Record<DestinationState, Tone>> = {
  unknown: 'idle',
  ok: 'ok',
  'nearly-full': 'warn',
  busy: 'warn',
};
const BY_CODE: Partial<Record<string, DestinationState>> = {
  'destination-nearly-full': 'nearly-full',
  'destination-full': 'full',
  'destination-host-key': 'other-host-key',
  'destination-unreachable': 'unreachable',
  'destination-changed': 'unmounted',
  'destination-not-configured': 'not-configured',
  'destination-busy': 'busy',
  'destination-daily-limit': 'busy',
  'rclone-unavailable': 'no-rclone',
};
/** Kinds that have a name of their own in the texts; others go by rclone's. */
export const NAMED_KINDS = [
  'alias',
  'b2',
  'crypt',
  'drive',
  'dropbox',
  'local',
  'onedrive',
  's3',
  'sftp',
  'webdav',
] as const;

export function stateOf(row: DestinationRow | null): DestinationState {
  if (row === null || row.healthState === 'unknown') return 'unknown';
  if (row.healthState === 'ok') return 'ok';
  const known = BY_CODE[row.healthCode ?? ''];
  if (known !== undefined) return known;
  const isRights = /read-only|permission denied|access ?denied/i.test(row.healthDetail ?? '');
  // On this machine there is nobody to sign in to: the folder belongs to somebody else.
  if (isRights && (row.type === 'local' || row.healthState !== 'needs-authorisation')) return 'not-writable';
  return row.healthState === 'needs-authorisation' ? 'needs-authorisation' : 'failing';
}

export function kindWords(type: string, reader: Reader): string {
  const named = NAMED_KINDS.find((kind) => kind === type);
  return named === undefined ? type : reader.say(`kind.${named}`);
}

/** A destination may be called `new`, which is also the address of the wizard. */
export function hrefOf(name: string): string {
  return `/destinations/${name === 'new' ? '%6Eew' : encodeURIComponent(name)}`;
}

function spaceOf(row: DestinationRow | null, tone: Tone, reader: Reader): DestinationCard['space'] {
  const { totalBytes, freeBytes } = row ?? { totalBytes: null, freeBytes: null };
  if (totalBytes === null || freeBytes === null || totalBytes <= 0) return null;
  const [free, total] = [freeBytes, totalBytes].map((bytes) => fileSize(bytes, reader.lang));
  const says = reader.say('dest.space', { free: free ?? '', total: total ?? '' });
  const used = Math.min(100, Math.max(0, Math.round(((totalBytes - freeBytes) / totalBytes) * 100)));
  return { says, used, max: 100, tone: tone === 'ok' || tone === 'idle' ? 'ok' : tone };
}

function placeWords({ over, folder }: DestinationSummary): string {
  // The folder of this machine is both.
  const below = over === folder ? '' : folder;
  return [over ?? '', below].filter((part) => part !== '').join('/');
}

function troubleOf(row: DestinationRow | null, reader: Reader): DestinationCard['trouble'] {
  if (row === null || row.healthCode === null) return null;
  const { says, hint } = FAILURE_TEXTS[row.healthCode][reader.lang];
  return { says, fix: hint, detail: row.healthDetail };
}

export function destinationCard(
  of: DestinationSummary,
  apps: readonly AppLink[],
  reader: Reader,
): DestinationCard {
  const { row } = of;
  const state = stateOf(row);
  const tone = TONES[state] ?? 'bad';
  return {
    name: of.name,
    href: hrefOf(of.name),
    isDefault: of.isDefault,
    kind: kindWords(of.type, reader),
    folder: placeWords(of),
    state,
    tone,
    badge: reader.say(`destState.${state}`),
    trouble: troubleOf(row, reader),
    space: spaceOf(row, state === 'nearly-full' || state === 'full' ? tone : 'ok', reader),
    checked: reader.moment(row?.checkedAt ?? null),
    unwell: reader.moment(row?.unwellSince ?? null),
    apps,
    canAdopt: of.canAdopt,
    canAuthorise: of.canEdit && (state === 'needs-authorisation' || state === 'other-host-key'),
  };
}

const RANKS: Record<string, number> = { bad: 0, warn: 1 };

/** What needs a person first, then the default one, then by name. */
export function sortDestinations(cards: readonly DestinationCard[]): DestinationCard[] {
  const rank = (card: DestinationCard): number => RANKS[card.tone] ?? (card.isDefault ? 2 : 3);
  return [...cards].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
