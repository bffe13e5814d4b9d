import { Injectable } from '@nestjs/common';
import { isForbidden, isOffered, isSecret } from './check-options.js';
import { Destinations } from './destination.js';
import type { DestinationView } from './destination.js';
import { DestinationBook } from './destination-book.js';
import { DestinationRefusal } from './destination-refusal.js';
import type { DestinationOrigin, DestinationRow } from './destination.entity.js';
import { parseHostKeys } from './host-keys.js';
import { RcloneConfig } from './rclone-config.js';

/** A destination for people and for the API: no credential is in it. */
export interface DestinationSummary {
  name: string;
  isDefault: boolean;
  /** `local` for folders of this machine, else rclone's backend. */
  type: string;
  /** The folder of this machine, or the folder below the remote. */
  folder: string;
  /** What an alias or crypt lies over: `remote:folder`, or a folder of this machine; null = nothing. */
  over: string | null;
  origin: DestinationOrigin;
  /** Whether it can be changed, renamed and removed here; `found` ones can be adopted first if `canAdopt`. */
  canEdit: boolean;
  canAdopt: boolean;
  /** The row with its health; null when it was never looked at. */
  row: DestinationRow | null;
}

/** What the edit form shows. */
export interface DestinationDetails extends DestinationSummary {
  /** Without secrets. */
  options: Record<string, string>;
  /** Names of the secret options that have a value. */
  secretsSet: string[];
  fingerprints: string[];
}

/** A backend as the wizard offers it. */
export interface BackendForm {
  type: string;
  description: string;
  fields: BackendField[];
}

export interface BackendField {
  name: string;
  /** rclone's English text. */
  help: string;
  fallback: string;
  examples: { value: string; help: string; provider: string }[];
  /** Only for these providers of the backend (S3: `AWS,Minio`; `!AWS` = all but); empty = all. */
  provider: string;
  required: boolean;
  secret: boolean;
  advanced: boolean;
  /** Nothing but one of the examples. */
  exclusive: boolean;
  kind: string;
}

/** Reads destinations for pages and API. */
@Injectable()
export class DestinationList {
  constructor(
    private readonly book: DestinationBook,
    private readonly conf: RcloneConfig,
    private readonly destinations: Destinations,
  ) {}

  /** All of them: built-in, configured folders, remotes made by hand, and ours, also one whose remote was lost. */
  async all(): Promise<DestinationSummary[]> {
    const rows = new Map((await this.book.all()).map((row) => [row.name, row]));
    const views = await this.destinations.names();
    const seen = new Set(views.map((view) => view.name));
    const lost = [...rows.values()].filter((row) => !seen.has(row.name) && row.sealedConfig !== null);
    const over = await this.over(views);
    return [
      ...views.map(({ name, kind, place }) => {
        const row = rows.get(name) ?? null;
        const isOurs = row !== null && row.sealedConfig !== null;
        const type = isOurs ? row.type : kind === 'rclone' ? place : 'local';
        const folder = kind === 'rclone' ? (row?.folder ?? '') : place;
        const origin = row?.origin ?? 'found';
        return {
          ...this.flags(name),
          type,
          folder,
          over: over.get(name) ?? null,
          origin,
          canEdit: isOurs,
          canAdopt: !isOurs && kind === 'rclone',
          row,
        };
      }),
      ...lost.map((row) => ({
        ...this.flags(row.name),
        type: row.type,
        folder: row.folder,
        over: null,
        origin: row.origin,
        canEdit: true,
        canAdopt: false,
        row,
      })),
    ];
  }

  private async over(views: readonly DestinationView[]): Promise<Map<string, string>> {
    const over = new Map<string, string>();
    for (const { name, kind, place } of views) {
      if (kind !== 'rclone' || (place !== 'alias' && place !== 'crypt')) continue;
      const remote = (await this.conf.section(name))?.['remote'];
      if (remote !== undefined) over.set(name, remote);
    }
    return over;
  }

  /** @throws DestinationRefusal destination-unknown */
  async details(name: string): Promise<DestinationDetails> {
    const summary = (await this.all()).find((one) => one.name === name);
    if (summary === undefined) throw new DestinationRefusal('destination-unknown', 'name');
    // A folder of the agent's own settings is not in rclone.conf, and rclone need not be woken for it.
    if (!summary.canEdit && !summary.canAdopt)
      return { ...summary, options: {}, secretsSet: [], fingerprints: [] };
    const section = (await this.conf.section(name)) ?? {};
    const provider = (await this.conf.providers()).find(({ Name }) => Name === section['type']);
    const known = new Map((provider?.Options ?? []).map((option) => [option.Name, option]));
    const options: Record<string, string> = {};
    const secretsSet: string[] = [];
    for (const [key, value] of Object.entries(section)) {
      const option = known.get(key);
      // What the backend does not know can't be judged, so it is not shown.
      if (option === undefined || key === 'known_hosts_file') continue;
      if (isSecret(option)) secretsSet.push(key);
      else options[key] = value;
    }
    if (summary.type === 'local' && options['remote'] !== undefined) summary.folder = options['remote'];
    const fingerprints = parseHostKeys(summary.row?.hostKeys ?? '').map(
      ({ type, fingerprint }) => `${type} ${fingerprint}`,
    );
    return { ...summary, options, secretsSet, fingerprints };
  }

  /** Every backend that can be set up by a form or by questions, without the options that are not allowed. */
  async backends(): Promise<BackendForm[]> {
    return (await this.conf.providers()).filter(isOffered).map((provider) => ({
      type: provider.Name,
      description: provider.Description,
      fields: provider.Options.filter((option) => !isForbidden(option.Name) && (option.Hide & 2) === 0).map(
        (option) => ({
          name: option.Name,
          help: option.Help,
          fallback: option.DefaultStr,
          examples: (option.Examples ?? []).map((one) => ({
            value: one.Value,
            help: one.Help,
            provider: one.Provider,
          })),
          provider: option.Provider,
          required: option.Required,
          secret: isSecret(option),
          advanced: option.Advanced,
          exclusive: option.Exclusive,
          kind: option.Type,
        }),
      ),
    }));
  }

  private flags(name: string): { name: string; isDefault: boolean } {
    return { name, isDefault: name === this.destinations.defaultName };
  }
}
