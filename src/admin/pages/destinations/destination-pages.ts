import { DestinationsPage } from './destinations.page.js';
import { DestinationsReader } from './destinations-reader.js';
import { FormPages } from './form-pages.js';
import { MakeDestination } from './make-destination.js';
import { NewDestinationPage } from './new-destination.page.js';
import { NewDraftPage } from './new-draft.page.js';
import { NewOtherPage } from './new-other.page.js';
import { NewSftpPage } from './new-sftp.page.js';
import { RecoveryFilePage } from './recovery-file.page.js';
import { SaveDestination } from './save-destination.js';

/** The pages of destinations, and what they alone need; the narrower paths stand first. */
export const DESTINATION_PAGES = {
  controllers: [
    RecoveryFilePage,
    NewSftpPage,
    NewOtherPage,
    NewDraftPage,
    NewDestinationPage,
    DestinationsPage,
  ],
  providers: [DestinationsReader, FormPages, MakeDestination, SaveDestination],
};
