import { ConsoleLogger } from '@nestjs/common';
import type { LogLevel } from '@nestjs/common';
import type { Clock } from './clock.js';
import { LOG_LEVELS } from './log-buffer.js';
import type { LogBuffer } from './log-buffer.js';
import { redact } from './redact.js';

/** What the framework says at each start, 170 lines of it; nobody who looks for something wants to read it. */
const CHATTER = ['InstanceLoader', 'RouterExplorer', 'RoutesResolver'];

/** Nest's console logger with every message redacted on the way out, and kept for the log page. */
export class RedactingLogger extends ConsoleLogger {
  constructor(
    levels: LogLevel[],
    private readonly kept: LogBuffer,
    private readonly clock: Clock,
  ) {
    super({ logLevels: levels, colors: false, timestamp: false });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTER.includes(String(rest.at(-1)))) this.verbose(message, ...rest);
    else super.log(message, ...rest);
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
    const context = /\[(.*)\]/.exec(contextMessage)?.[1] ?? '';
    this.kept.add({ at: this.clock.now(), level, context, message: clean });
    return super.formatMessage(level, clean, pidMessage, formattedLevel, contextMessage, timestampDiff);
  }

  /** Nest calls this without a stack for errors that are logged as text. */
  protected override printStackTrace(stack: string | undefined): void {
    if (stack === undefined) return;
    const lines = stack.split('\n').map(redact);
    this.kept.add({ at: this.clock.now(), level: 'error', context: '', message: lines.join('\n') });
    super.printStackTrace(lines.join('\n'));
  }
}

/** Everything down to and including `lowest`. */
export function logLevelsFrom(lowest: LogLevel): LogLevel[] {
  return LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(lowest) + 1);
}
