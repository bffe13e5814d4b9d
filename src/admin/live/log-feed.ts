import { Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';
import { LogBuffer, isUpTo } from '../../core/log-buffer.js';
import type { AgentLogLevel, LogEntry } from '../../core/log-buffer.js';

/** The agent's log as it is written. */
@Injectable()
export class LogFeed {
  constructor(private readonly log: LogBuffer) {}

  /** @param level the least urgent one that is wanted */
  from(level: AgentLogLevel): Observable<LogEntry> {
    return new Observable((subscriber) =>
      this.log.listen((entry) => {
        if (isUpTo(entry, level)) subscriber.next(entry);
      }),
    );
  }
}
