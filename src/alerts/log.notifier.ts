import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { sentenceOfDestination } from './destination-notice.js';
import type { DestinationNotice } from './destination-notice.js';
import { sentenceOf } from './notice.js';
import type { RunNotice } from './notice.js';
import { Notifier } from './notifier.js';

/** The agent's own log as alert channel: there is always one. */
@Injectable()
export class LogNotifier extends Notifier {
  private readonly logger = new Logger('Backup');

  constructor(private readonly config: AppConfig) {
    super();
  }

  notify(notice: RunNotice): Promise<void> {
    const line = sentenceOf(notice, this.config.lang);
    if (notice.outcome === 'failed' || notice.outcome === 'partial') this.logger.error(line);
    else if (notice.outcome !== 'succeeded' || notice.warnings.length > 0) this.logger.warn(line);
    else this.logger.log(line);
    return Promise.resolve();
  }

  notifyDestination(notice: DestinationNotice): Promise<void> {
    const line = sentenceOfDestination(notice, this.config.lang);
    if (notice.state === 'ok') this.logger.log(line);
    else if (notice.state === 'warning') this.logger.warn(line);
    else this.logger.error(line);
    return Promise.resolve();
  }
}
