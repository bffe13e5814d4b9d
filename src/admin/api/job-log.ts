import type { RunLogLine } from '../../backups/run-log.entity.js';

export const logJson = ({ at, level, line }: RunLogLine): object => ({ at: at.toISOString(), level, line });

/** One line each: instant, level, words. */
export const logText = (lines: readonly RunLogLine[]): string =>
  lines.map(({ at, level, line }) => `${at.toISOString()} ${level.padEnd(5)} ${line}\n`).join('');
