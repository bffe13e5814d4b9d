import { DestinationActionsController } from './destination-actions.controller.js';
import { ContentsAnswers } from './contents-answers.js';
import { DestinationContentsController } from './destination-contents.controller.js';
import { DestinationAnswers } from './destination-answers.js';
import { DestinationDraftsController } from './destination-drafts.controller.js';
import { DestinationSetupController } from './destination-setup.controller.js';
import { DestinationVisitsController } from './destination-visits.controller.js';
import { DestinationsController } from './destinations.controller.js';
import { DestinationOrders } from './destination-orders.js';

/** The API of destinations, as parts of admin. */
export const DESTINATION_API = {
  controllers: [
    DestinationSetupController,
    DestinationsController,
    DestinationActionsController,
    DestinationContentsController,
    DestinationVisitsController,
    DestinationDraftsController,
  ],
  providers: [ContentsAnswers, DestinationAnswers, DestinationOrders],
};
