import { ConsoleLogger } from '@nestjs/common';
import type { LogLevel } from '@nestjs/common';
import { redact } from './redact.js';

/** Nest's console logger with every message redacted on the way out. */
export class RedactingLogger extends ConsoleLogger {
  constructor(levels: LogLevel[]) {
    super({ logLevels: levels, colors: false, timestamp: false });
  }

  protected override formatMessage(
    level: LogLevel,
    message: unknown,
    pidMessage: string,
    formattedLevel: string,
    contextMessage: string,
    timestampDiff: string,
  ): string {
    const clean = redact(typeof message === 'string' ? message : JSON.stringify(message));
    return super.formatMessage(level, clean, pidMessage, formattedLevel, contextMessage, timestampDiff);
  }

  /** Nest calls this without a stack for errors that are logged as text. */
  protected override printStackTrace(stack: string | undefined): void {
    if (stack !== undefined) super.printStackTrace(stack.split('\n').map(redact).join('\n'));
  }
}

const LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/** Everything down to and including `lowest`. */
export function logLevelsFrom(lowest: LogLevel): LogLevel[] {
  return LEVELS.slice(0, LEVELS.indexOf(lowest) + 1);
}
