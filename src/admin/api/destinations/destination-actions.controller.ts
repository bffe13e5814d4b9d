import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { DestinationMoves } from '../../../destinations/destination-moves.js';
import { DestinationVisits } from '../../../destinations/destination-visits.js';
import { DestinationsAdmin } from '../../../destinations/destinations-admin.js';
import { AuditLog } from '../../audit-log.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { langOf } from '../../lang.js';
import { ApiAnswer, ApiTags, ApiZodBody } from '../documented.js';
import { ZodPipe } from '../zod.pipe.js';
import { NEW_NAME } from './bodies.js';
import { DestinationAnswers } from './destination-answers.js';

/** Gives a destination another name, or takes one that was made by hand into the agent's care. */
@ApiTags('destinations')
@Controller('api/destinations/:name')
export class DestinationActionsController {
  constructor(
    private readonly answers: DestinationAnswers,
    private readonly admin: DestinationsAdmin,
    private readonly moves: DestinationMoves,
    private readonly visits: DestinationVisits,
    private readonly audit: AuditLog,
  ) {}

  @ApiZodBody(NEW_NAME)
  @ApiAnswer(200, 'Destination')
  @HttpCode(200)
  @Post('rename')
  async rename(
    @Param('name') name: string,
    @Body(new ZodPipe(NEW_NAME)) body: { name: string },
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    await this.moves.rename(name, body.name);
    await this.audit.write(nameOf(callerOf(response)), 'destination-renamed', name, body.name);
    return this.answers.one(body.name, langOf(response));
  }

  @ApiAnswer(200, 'Destination')
  @HttpCode(200)
  @Post('adopt')
  async adopt(@Param('name') name: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    await this.visits.known(name);
    await this.admin.adopt(name);
    await this.audit.write(nameOf(callerOf(response)), 'destination-adopted', name);
    return this.answers.one(name, langOf(response));
  }
}
