import { Injectable, Logger } from '@nestjs/common';
import { BackupFailure } from '../core/failure.js';
import { isForbidden, isSecret } from './check-options.js';
import { DestinationBook } from './destination-book.js';
import type { DestinationRow } from './destination.entity.js';
import { HostKeys } from './host-keys.js';
import { RcloneConfig, rememberSecrets } from './rclone-config.js';
import type { Section } from './rclone-config.js';

/** Keeps rclone.conf and the copies in the database together: what is lost there comes back from here. */
@Injectable()
export class ConfigKeeper {
  private readonly logger = new Logger('destinations');

  constructor(
    private readonly book: DestinationBook,
    private readonly conf: RcloneConfig,
    private readonly hostKeys: HostKeys,
  ) {}

  /**
   * Puts back the remotes that rclone.conf no longer has, or has only in part.
   * @returns their names
   * @throws rclone-unavailable
   */
  async restoreLost(): Promise<string[]> {
    const restored: string[] = [];
    for (const row of await this.book.all()) {
      const copy = this.book.open(row);
      if (copy === null) continue;
      if (row.hostKeys !== null) copy['known_hosts_file'] = await this.hostKeys.pin(row.name, row.hostKeys);
      if (await this.isWhole(await this.conf.section(row.name), copy)) continue;
      await this.conf.put(row.name, copy);
      restored.push(row.name);
    }
    if (restored.length > 0)
      this.logger.warn(`put back into rclone.conf from the database: ${restored.join(', ')}`);
    return restored;
  }

  /** Puts one remote back as the database has it. @throws BackupFailure destination-not-configured when there is no copy that can be read */
  async restore(row: DestinationRow): Promise<void> {
    const copy = this.book.open(row);
    if (copy === null)
      throw new BackupFailure('destination-not-configured', {
        detail: 'no readable copy of its configuration is kept; was APP_SECRET_KEY changed?',
      });
    await this.conf.put(row.name, copy);
  }

  /** A destination that works: what rclone has now (a renewed token, an edit by hand) becomes the copy. */
  async refreshCopy(row: DestinationRow): Promise<void> {
    if (row.sealedConfig === null) return;
    const section = await this.conf.section(row.name);
    if (section === null || same(section, this.book.open(row))) return;
    rememberSecrets(section, (name) => isSecret({ Name: name, IsPassword: false }));
    this.book.seal(row, section);
    await this.book.note(row, { sealedConfig: row.sealedConfig });
  }

  /** A file that was cut in the middle of a section lacks what comes last there, and then nobody can sign in. */
  private async isWhole(section: Section | null, copy: Section): Promise<boolean> {
    if (section === null) return false;
    const secrets = Object.keys(copy).filter((name) => isSecret({ Name: name, IsPassword: false }));
    if (section['type'] === copy['type'] && secrets.some((name) => section[name] === undefined)) return false;
    const provider = (await this.conf.providers()).find(({ Name }) => Name === section['type']);
    if (provider === undefined) return false;
    return provider.Options.every(
      (option) =>
        !option.Required ||
        option.DefaultStr !== '' ||
        isForbidden(option.Name) ||
        section[option.Name] !== undefined,
    );
  }
}

function same(one: Section, other: Section | null): boolean {
  const text = (section: Section): string => JSON.stringify(Object.entries(section).sort());
  return other !== null && text(one) === text(other);
}
