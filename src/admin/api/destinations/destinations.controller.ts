import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { DestinationRemoval } from '../../../backups/destination-removal.js';
import { AuditLog } from '../../audit-log.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { langOf } from '../../lang.js';
import { ApiAnswer, ApiQuery, ApiTags, ApiZodBody } from '../documented.js';
import { ZodPipe } from '../zod.pipe.js';
import { CHANGED_DESTINATION, NEW_DESTINATION, REMOVAL_QUERY } from './bodies.js';
import type { ChangedDestinationBody, NewDestinationBody, RemovalQuery } from './bodies.js';
import { DestinationAnswers } from './destination-answers.js';
import { DestinationOrders } from './destination-orders.js';

@ApiTags('destinations')
@Controller('api/destinations')
export class DestinationsController {
  constructor(
    private readonly answers: DestinationAnswers,
    private readonly orders: DestinationOrders,
    private readonly removal: DestinationRemoval,
    private readonly audit: AuditLog,
  ) {}

  @ApiAnswer(200, 'DestinationList')
  @Get()
  async list(@Res({ passthrough: true }) response: Response): Promise<object> {
    return this.answers.all(langOf(response));
  }

  @ApiZodBody(NEW_DESTINATION)
  @ApiAnswer(201, 'CreatedDestination')
  @Post()
  async create(
    @Body(new ZodPipe(NEW_DESTINATION)) body: NewDestinationBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const encryption = await this.orders.create(body);
    const what = body.encrypt ? `${body.type}, encrypted` : body.type;
    await this.audit.write(nameOf(callerOf(response)), 'destination-added', body.name, what);
    // The keys are in this answer only.
    response.setHeader('Cache-Control', 'no-store');
    return { destination: await this.answers.one(body.name, langOf(response)), encryption };
  }

  @ApiAnswer(200, 'Destination')
  @Get(':name')
  async one(@Param('name') name: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    return this.answers.one(name, langOf(response));
  }

  @ApiZodBody(CHANGED_DESTINATION)
  @ApiAnswer(200, 'Destination')
  @Patch(':name')
  async change(
    @Param('name') name: string,
    @Body(new ZodPipe(CHANGED_DESTINATION)) body: ChangedDestinationBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    await this.orders.change(name, body);
    // Names of fields only: values may be secrets.
    const { options = {}, ...fields } = body;
    const what = [...Object.keys(fields), ...Object.keys(options)];
    await this.audit.write(nameOf(callerOf(response)), 'destination-changed', name, what.join(','));
    return this.one(name, response);
  }

  @ApiQuery({
    name: 'reassign_to',
    required: false,
    schema: { type: 'string' },
    description: 'Its apps back up there instead; without it, apps refuse the removal',
  })
  @ApiQuery({
    name: 'keep_data',
    required: false,
    schema: { type: 'string', enum: ['true', 'false'] },
    description: 'true = its backups stay where they lie and are forgotten',
  })
  @ApiQuery({
    name: 'delete_data',
    required: false,
    schema: { type: 'string' },
    description: 'The name of the destination once more = its backups are deleted',
  })
  @ApiAnswer(204)
  @HttpCode(204)
  @Delete(':name')
  async remove(
    @Param('name') name: string,
    @Query(new ZodPipe(REMOVAL_QUERY)) query: RemovalQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const { reassign_to: reassignTo, delete_data: deleteData, keep_data: keep } = query;
    await this.removal.remove(name, { reassignTo, deleteData, keepData: keep === 'true' });
    const what = [
      reassignTo === undefined ? '' : `apps to ${reassignTo}`,
      deleteData === undefined ? '' : 'data deleted',
      keep === 'true' ? 'data kept' : '',
    ];
    const after = what.filter((part) => part !== '').join(', ');
    await this.audit.write(nameOf(callerOf(response)), 'destination-removed', name, after);
  }
}
