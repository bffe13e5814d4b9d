/** A Google Drive folder id: nothing in it means anything to rclone's connection strings. */
const ROOTED = /^(.+)@([A-Za-z0-9_-]{10,100})$/;

/** Name of a Drive destination as seen from one of its folders, by the folder's id. @throws when it is no id */
export function rootedName(name: string, folderId: string): string {
  const rooted = `${name}@${folderId}`;
  if (ROOTED.exec(rooted)?.[2] !== folderId) throw new Error('not the id of a Drive folder');
  return rooted;
}

/** @returns null for the name of a whole destination */
export function splitRooted(rooted: string): { name: string; folderId: string } | null {
  const [, name, folderId] = ROOTED.exec(rooted) ?? [];
  return name === undefined || folderId === undefined ? null : { name, folderId };
}

/** The destination that a name belongs to, whichever folder of it is meant. */
export function wholeName(name: string): string {
  return splitRooted(name)?.name ?? name;
}
