import type { RunNotice } from './notice.js';

/** Tells people about a run. Must not throw: a notice that cannot be sent is logged, never the run's failure. */
export abstract class Notifier {
  abstract notify(notice: RunNotice): Promise<void>;
}
