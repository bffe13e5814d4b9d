import { Controller, Get } from '@nestjs/common';
import { Destinations } from '../../destinations/destination.js';
import { ApiAnswer, ApiTags } from './documented.js';

@ApiTags('destinations')
@Controller('api/destinations')
export class DestinationsController {
  constructor(private readonly destinations: Destinations) {}

  @ApiAnswer(200, 'DestinationList')
  @Get()
  async list(): Promise<object> {
    const views = await this.destinations.names();
    const items = views.map((view) => ({ ...view, is_default: view.name === this.destinations.defaultName }));
    return { items, next_cursor: null };
  }
}
