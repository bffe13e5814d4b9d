import { Injectable } from '@nestjs/common';

/** In which folder of its remote each destination lies: the rows' folders, at hand without the database. */
@Injectable()
export class DestinationFolders {
  private folders = new Map<string, string>();

  of(name: string): string {
    return this.folders.get(name) ?? '';
  }

  /** Takes the place of what was known. */
  fill(rows: readonly { name: string; folder: string }[]): void {
    this.folders = new Map(rows.map(({ name, folder }) => [name, folder]));
  }

  set(name: string, folder: string): void {
    this.folders.set(name, folder);
  }

  forget(name: string): void {
    this.folders.delete(name);
  }
}

/** rclone's name of a folder of a remote; object names can be put right behind it. */
export function placeOf(remote: string, folder: string): string {
  return folder === '' || folder.endsWith('/') ? `${remote}:${folder}` : `${remote}:${folder}/`;
}
