import { FOLDERS_SHOWN } from '../../../destinations/destination-drafts.js';
import type { Reader } from '../reader.js';

interface FolderLink {
  name: string;
  href: string;
}

export interface PlaceView {
  /** From the root to here. */
  trail: FolderLink[];
  folders: FolderLink[];
  problem: string | null;
  /** Says that there may be more folders than are listed. */
  more: string | null;
}

/** Folders of a remote as links: the page is asked again with another place. @param hasTop `/` is another place than the home folder (SFTP) */
export function placeView(
  href: string,
  at: string,
  hasTop: boolean,
  found: { folders: readonly string[]; problem: string | null },
  reader: Reader,
): PlaceView {
  const link = (name: string, folder: string): FolderLink => ({
    name,
    href: `${href}?at=${encodeURIComponent(folder)}`,
  });
  const isAbsolute = at.startsWith('/');
  const parts = at.split('/').filter((part) => part !== '');
  const pathTo = (nth: number): string => `${isAbsolute ? '/' : ''}${parts.slice(0, nth + 1).join('/')}`;
  return {
    trail: [
      link(reader.say(hasTop ? 'place.home' : 'place.root'), ''),
      ...(hasTop ? [link('/', '/')] : []),
      ...parts.map((name, nth) => link(name, pathTo(nth))),
    ],
    folders: found.folders.map((name) => link(name, at === '' ? name : `${at.replace(/\/$/, '')}/${name}`)),
    problem: found.problem,
    more: found.folders.length < FOLDERS_SHOWN ? null : reader.say('place.more', { count: FOLDERS_SHOWN }),
  };
}
