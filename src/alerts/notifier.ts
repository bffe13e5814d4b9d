import type { DestinationNotice } from './destination-notice.js';
import type { RunNotice } from './notice.js';

/** Tells people about runs and destinations. Must not throw: a notice that cannot be sent is logged, never a run's failure. */
export abstract class Notifier {
  abstract notify(notice: RunNotice): Promise<void>;

  /** When the state of a destination has changed, for the worse or for the better. */
  abstract notifyDestination(notice: DestinationNotice): Promise<void>;
}
