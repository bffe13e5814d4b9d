import { describeProblem, severityOf } from '../../apps/problem.js';
import type { Problem, Severity } from '../../apps/problem.js';
import type { Backup, BackupState } from '../../backups/backup.entity.js';
import type { KeepReason } from '../../retention/plan-retention.js';
import { reasonText, wasReadAgain } from '../api/backup.view.js';
import type { Tone } from './app-verdict.js';
import { fileSize } from './format.js';
import type { Reader } from './reader.js';

export const BACKUP_TONES: Record<BackupState, Tone> = {
  verified: 'ok',
  suspicious: 'warn',
  corrupt: 'bad',
  missing: 'bad',
  deleting: 'idle',
  deleted: 'idle',
};
const SEVERITY_TONES: Record<Severity, Tone> = {
  error: 'bad',
  suspend: 'bad',
  warning: 'warn',
  hint: 'idle',
};
const READABLE: readonly BackupState[] = ['verified', 'suspicious', 'corrupt'];
/** A missing copy may have come back with its disk. */
const CHECKABLE: readonly BackupState[] = [...READABLE, 'missing'];

export function problemRow(found: Problem, prefix: string, reader: Reader): object {
  const { says, fix } = describeProblem(found, reader.lang);
  const severity = severityOf(found.code);
  const label =
    found.label === null ? null : found.label.includes('.') ? found.label : `${prefix}.${found.label}`;
  return {
    says,
    fix,
    code: found.code,
    tone: SEVERITY_TONES[severity],
    badge: reader.say(`severity.${severity}`),
    label,
    value: found.value,
  };
}

/** The links between the app and the stored copy: which were checked, and how. */
function proofLinks(backup: Backup, reader: Reader): object[] {
  const { declared, destination } = backup.proof;
  const declaredHow =
    declared.sha256 !== undefined ? 'sha256' : declared.sizeBytes !== undefined ? 'size' : 'nothing';
  const link = (key: string, checked: boolean, params: Record<string, string> = {}): object => ({
    checked,
    says: reader.say(`proof.${key}`, params),
  });
  return [
    link(`declared.${declaredHow}`, declaredHow !== 'nothing'),
    link('counted', true),
    destination.level === 'size'
      ? link('destination.size', true)
      : link('destination.hash', true, { hash: destination.reported?.name ?? 'sha256' }),
    link(destination.readBack ? 'readBack.yes' : 'readBack.no', destination.readBack),
    ...(wasReadAgain(backup)
      ? [link('readAgain', true, { when: reader.moment(backup.checkedAt)?.relative ?? '' })]
      : []),
  ];
}

export function backupRow(backup: Backup, reasons: readonly KeepReason[], reader: Reader): object {
  return {
    id: backup.id,
    at: reader.moment(backup.createdAt),
    size: fileSize(backup.sizeBytes, reader.lang),
    sizeBytes: backup.sizeBytes.toLocaleString(reader.lang),
    sha256: backup.sha256,
    sha256Short: backup.sha256.slice(0, 12),
    destination: backup.destination,
    key: backup.objectKey,
    runId: backup.runId,
    tone: BACKUP_TONES[backup.state],
    badge: reader.say(`backupState.${backup.state}`),
    proof: proofLinks(backup, reader),
    reasons: reasons.map((reason) => reasonText(reason, reader.lang)),
    pinned: backup.pinned,
    pinTo: backup.pinned ? 'false' : 'true',
    canDownload: READABLE.includes(backup.state),
    canAccept: backup.state === 'suspicious',
    canVerify: CHECKABLE.includes(backup.state),
  };
}
