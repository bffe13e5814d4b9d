import type { AdoptReport } from '../../../backups/adopt-copies.js';
import { folderWith } from '../../../backups/destination-contents.js';
import type { ContentFolder, Contents, UnknownObject } from '../../../backups/destination-contents.js';
import { refusalText } from '../../api/destinations/contents-answers.js';
import type { Tone } from '../app-verdict.js';
import { fileSize } from '../format.js';
import type { Reader } from '../reader.js';

/** `fresh`: nothing was ever written there, so nothing is wrong. */
export const FOLDER_WORDS = ['ours', 'unmarked', 'other-agent', 'absent', 'fresh'] as const;
type FolderWord = (typeof FOLDER_WORDS)[number];

const TONES: Record<FolderWord, Tone> = {
  ours: 'ok',
  unmarked: 'bad',
  'other-agent': 'warn',
  absent: 'bad',
  fresh: 'idle',
};
const SAYS: Partial<Record<FolderWord, string>> = {
  unmarked: 'contents.unmarkedWhat',
  absent: 'contents.absentWhat',
  fresh: 'contents.freshWhat',
  'other-agent': 'contents.ownerWhat',
};

function wordOf({ folder, state, backups }: ContentFolder): FolderWord {
  return folder !== '' && backups === 0 && (state === 'absent' || state === 'unmarked') ? 'fresh' : state;
}

function folderRow(folder: ContentFolder, reader: Reader): object {
  const word = wordOf(folder);
  const says = SAYS[word];
  return {
    destination: folder.destination,
    folder: folder.folder,
    isRoot: folder.folder === '',
    backups: folder.backups,
    tone: TONES[word],
    badge: reader.say(`folderState.${word}`),
    says: says === undefined ? null : reader.say(says, { owner: folder.owner ?? '' }),
    canMark: word === 'unmarked' || word === 'absent',
    canTakeOver: word === 'other-agent',
  };
}

function unknownRow(object: UnknownObject, folders: readonly ContentFolder[], reader: Reader) {
  const { objectKey, sizeBytes, reason, manifest } = object;
  const isOurs = folderWith(folders, object)?.state === 'ours';
  return {
    key: objectKey,
    size: fileSize(sizeBytes, reader.lang),
    sizeBytes: sizeBytes.toLocaleString(reader.lang),
    says: reader.say(`unknown.${reason}`),
    app: manifest?.app.name ?? null,
    at: reader.moment(manifest === null ? null : new Date(manifest.created_at)),
    canImport: reason === 'adoptable' && isOurs,
    waits: reason === 'adoptable' && !isOurs,
  };
}

/** What lies at a destination, as a page shows it. Pure. @param report of an import that refused something */
export function contentsView(contents: Contents, report: AdoptReport | null, reader: Reader): object {
  const { folders, unknown, truncated } = contents;
  const rows = unknown.map((one) => unknownRow(one, folders, reader));
  const importable = rows.filter((row) => row.canImport).length;
  return {
    folders: folders.map((folder) => folderRow(folder, reader)),
    unknown: rows,
    truncated,
    importAll: importable === 0 ? null : reader.say('contents.importAll', { count: importable }),
    report: report === null ? null : reportView(report, reader),
  };
}

function reportView({ adopted, refused }: AdoptReport, reader: Reader): object {
  return {
    imported: adopted.length === 0 ? null : reader.say('contents.imported', { count: adopted.length }),
    lead: reader.say('contents.refused', { count: refused.length }),
    refused: refused.map(({ objectKey, failure }) => ({
      key: objectKey,
      says: refusalText(failure, reader.lang),
    })),
  };
}
