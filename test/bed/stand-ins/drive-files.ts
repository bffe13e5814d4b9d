import { createHash, randomUUID } from 'node:crypto';

export const FOLDER = 'application/vnd.google-apps.folder';

export interface DriveFile {
  id: string;
  name: string;
  mimeType: string;
  parents: string[];
  trashed: boolean;
  modifiedTime: string;
  bytes: Buffer;
  permissions: Record<string, unknown>[];
}

/** The files of one account; as in Drive, a name may be there twice. */
export class DriveFiles {
  readonly all = new Map<string, DriveFile>();
  readonly rootId = 'root-of-the-account';

  constructor() {
    this.put({ id: this.rootId, name: 'My Drive', mimeType: FOLDER, parents: [] });
  }

  put(of: Partial<DriveFile> & { name: string }): DriveFile {
    const file: DriveFile = {
      id: randomUUID(),
      mimeType: 'application/octet-stream',
      parents: [this.rootId],
      trashed: false,
      modifiedTime: '2026-01-01T00:00:00.000Z',
      bytes: Buffer.alloc(0),
      permissions: [],
      ...of,
    };
    this.all.set(file.id, file);
    return file;
  }

  get(id: string): DriveFile | null {
    return this.all.get(id === 'root' ? this.rootId : id) ?? null;
  }

  /** What a listing with this query gives; only the words that rclone uses are known. */
  find(query: string): DriveFile[] {
    const values = (pattern: RegExp): string[] =>
      [...query.matchAll(pattern)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
    const parents = values(/'((?:\\.|[^'\\])*)' in parents/g).map((id) => (id === 'root' ? this.rootId : id));
    const names = values(/name='((?:\\.|[^'\\])*)'/g);
    const only = values(/mimeType='([^']*)'/g);
    const not = values(/mimeType!='([^']*)'/g);
    return [...this.all.values()].filter(
      (file) =>
        file.id !== this.rootId &&
        file.trashed === query.includes('trashed=true') &&
        (parents.length === 0 || file.parents.some((id) => parents.includes(id))) &&
        (names.length === 0 || names.includes(file.name)) &&
        (only.length === 0 || only.includes(file.mimeType)) &&
        !not.includes(file.mimeType),
    );
  }

  /** By path below the root; the first of that name. */
  at(path: string): DriveFile | null {
    let parent = this.rootId;
    let found: DriveFile | null = null;
    for (const name of path.split('/')) {
      found =
        [...this.all.values()].find(
          (file) => !file.trashed && file.name === name && file.parents.includes(parent),
        ) ?? null;
      if (found === null) return null;
      parent = found.id;
    }
    return found;
  }
}

/** As the API shows a file. */
export function shown(file: DriveFile): Record<string, unknown> {
  const { id, name, mimeType, parents, trashed, modifiedTime } = file;
  const link = `https://drive.google.com/drive/folders/${id}`;
  const base = {
    kind: 'drive#file',
    id,
    name,
    mimeType,
    parents,
    trashed,
    modifiedTime,
    createdTime: modifiedTime,
    webViewLink: link,
  };
  if (mimeType === FOLDER) return base;
  const sum = (algorithm: string): string => createHash(algorithm).update(file.bytes).digest('hex');
  return {
    ...base,
    size: String(file.bytes.length),
    md5Checksum: sum('md5'),
    sha1Checksum: sum('sha1'),
    sha256Checksum: sum('sha256'),
  };
}
