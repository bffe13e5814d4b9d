import { Injectable } from '@nestjs/common';
import { AppsService } from '../../../apps/apps.service.js';
import type { AdoptReport } from '../../../backups/adopt-copies.js';
import type { ContentFolder, Contents, UnknownObject } from '../../../backups/destination-contents.js';
import { FAILURE_TEXTS } from '../../../core/failure-texts.js';
import type { BackupFailure } from '../../../core/failure.js';
import { KeepReasons } from '../../keep-reasons.js';
import type { Lang } from '../../lang.js';
import { say } from '../../texts.js';
import { backupJson } from '../backup.view.js';

/** What lies at a destination, and what was taken in, as the API shows it. */
@Injectable()
export class ContentsAnswers {
  constructor(
    private readonly apps: AppsService,
    private readonly reasons: KeepReasons,
  ) {}

  contents({ folders, unknown, truncated }: Contents, lang: Lang): object {
    return {
      folders: folders.map(folderJson),
      unknown: unknown.map((one) => unknownJson(one, lang)),
      truncated,
    };
  }

  async report({ adopted, refused, truncated }: AdoptReport, lang: Lang): Promise<object> {
    const reasons = new Map<string, Awaited<ReturnType<KeepReasons['reasonsOf']>>>();
    for (const appId of new Set(adopted.map((row) => row.appId))) {
      const app = await this.apps.byId(appId);
      if (app !== null) reasons.set(appId, await this.reasons.reasonsOf(app));
    }
    return {
      adopted: adopted.map((row) => backupJson(row, reasons.get(row.appId)?.get(row.id) ?? [], lang)),
      refused: refused.map(({ objectKey, failure }) => ({
        object_key: objectKey,
        code: failure.code,
        message: refusalText(failure, lang),
      })),
      truncated,
    };
  }
}

export function folderJson({ destination, folder, state, owner, backups }: ContentFolder): object {
  return { destination, folder, state, owner, backups };
}

function unknownJson(
  { destination, objectKey, sizeBytes, reason, manifest }: UnknownObject,
  lang: Lang,
): object {
  return {
    destination,
    object_key: objectKey,
    size_bytes: sizeBytes,
    reason,
    message: say(lang, `unknown.${reason}`),
    manifest:
      manifest === null
        ? null
        : {
            app_key: manifest.app.key,
            app_name: manifest.app.name,
            created_at: manifest.created_at,
            size_bytes: manifest.size_bytes,
            sha256: manifest.sha256,
            format: manifest.format,
          },
  };
}

/** What happened, with what was seen. */
export function refusalText({ code, detail }: BackupFailure, lang: Lang): string {
  const { says } = FAILURE_TEXTS[code][lang];
  return detail === '' ? says : `${says} (${detail})`;
}
