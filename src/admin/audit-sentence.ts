import type { AuditEntry } from '../apps/audit-entry.entity.js';
import { isSettingName } from '../apps/settings.js';
import { jsonNameOf } from './api/setting-names.js';
import type { Lang } from './lang.js';
import { say } from './texts.js';

/** The app that an entry is about, where it is about one. */
export function appIdIn({ action, subject }: AuditEntry): string | null {
  return action.startsWith('app-') || action.startsWith('override-') ? (subject.split('/')[0] ?? null) : null;
}

/** "paused Ghost", without who and when. Pure. */
export function auditSentence(entry: AuditEntry, names: ReadonlyMap<string, string>, lang: Lang): string {
  const [id = '', part] = entry.subject.split('/');
  const isOfApp = appIdIn(entry) !== null;
  // An app that is gone is known by the key that was written when it went.
  const fallback = entry.action === 'app-removed' ? (entry.after ?? id) : id;
  const subject = isOfApp ? (names.get(id) ?? fallback) : entry.subject;
  const setting =
    isOfApp && part !== undefined && isSettingName(part) ? say(lang, `setting.${jsonNameOf(part)}`) : '';
  return say(lang, `audit.${entry.action}`, { subject, setting });
}
