export const LOG_LEVELS = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const;
export type AgentLogLevel = (typeof LOG_LEVELS)[number];

/** One line of the agent's log, without secrets. */
export interface LogEntry {
  /** Grows with each entry since the start of the agent. */
  id: number;
  at: Date;
  level: AgentLogLevel;
  /** The part of the agent that speaks; may be empty. */
  context: string;
  message: string;
}

export interface LogQuery {
  /** The least urgent level that is still wanted. */
  level: AgentLogLevel;
  /** Only entries with this text in message or context, whatever its case. */
  text: string;
  limit: number;
}

const MOST_CHARS = 2000;

/** The newest lines of the agent's log, for the log page; in memory only, and bounded whatever is logged. */
export class LogBuffer {
  private readonly entries: LogEntry[] = [];
  private readonly listeners = new Set<(entry: LogEntry) => void>();
  private nextId = 1;

  constructor(private readonly capacity = 2000) {}

  /** @param fresh must be free of secrets already */
  add(fresh: Omit<LogEntry, 'id'>): void {
    const entry = { ...fresh, message: fresh.message.slice(0, MOST_CHARS), id: this.nextId };
    this.nextId += 1;
    this.entries.push(entry);
    if (this.entries.length > this.capacity) this.entries.shift();
    for (const listener of this.listeners) listener(entry);
  }

  /** Newest first. */
  find({ level, text, limit }: LogQuery): LogEntry[] {
    const found: LogEntry[] = [];
    for (let at = this.entries.length - 1; at >= 0 && found.length < limit; at -= 1) {
      const entry = this.entries[at];
      if (entry !== undefined && isUpTo(entry, level) && hasText(entry, text)) found.push(entry);
    }
    return found;
  }

  /** @returns ends it */
  listen(listener: (entry: LogEntry) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

/** Whether an entry is at least as urgent as `level`. */
export const isUpTo = (entry: LogEntry, level: AgentLogLevel): boolean =>
  LOG_LEVELS.indexOf(entry.level) <= LOG_LEVELS.indexOf(level);

const hasText = (entry: LogEntry, text: string): boolean =>
  text === '' || `${entry.context} ${entry.message}`.toLowerCase().includes(text.toLowerCase());
