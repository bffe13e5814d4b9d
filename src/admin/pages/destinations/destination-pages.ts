import { AuthoriseDestinationPage } from './authorise-destination.page.js';
import { DestinationContentsPage } from './destination-contents.page.js';
import { DestinationPage } from './destination.page.js';
import { DestinationsPage } from './destinations.page.js';
import { DestinationsReader } from './destinations-reader.js';
import { EditDestinationPage } from './edit-destination.page.js';
import { FormPages } from './form-pages.js';
import { MakeDestination } from './make-destination.js';
import { ManageDestinationPage } from './manage-destination.page.js';
import { ManageForms } from './manage-forms.js';
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
    DestinationContentsPage,
    DestinationPage,
    EditDestinationPage,
    AuthoriseDestinationPage,
    ManageDestinationPage,
  ],
  providers: [DestinationsReader, FormPages, ManageForms, MakeDestination, SaveDestination],
};
