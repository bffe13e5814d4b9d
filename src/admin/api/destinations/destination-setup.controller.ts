import { Body, Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HostKeys } from '../../../destinations/host-keys.js';
import { SharedDriveFolder } from '../../../destinations/shared-drive-folder.js';
import { AuditLog } from '../../audit-log.js';
import { callerOf, nameOf } from '../../auth/caller.js';
import { langOf } from '../../lang.js';
import { ApiAnswer, ApiTags, ApiZodBody } from '../documented.js';
import { ZodPipe } from '../zod.pipe.js';
import { HOST, SHARED_FOLDER } from './bodies.js';
import type { SharedFolderBody } from './bodies.js';
import { DestinationAnswers } from './destination-answers.js';

/** What is needed before a destination is there. */
@ApiTags('destinations')
@Controller('api')
export class DestinationSetupController {
  constructor(
    private readonly answers: DestinationAnswers,
    private readonly hostKeys: HostKeys,
    private readonly shared: SharedDriveFolder,
    private readonly audit: AuditLog,
  ) {}

  @ApiAnswer(200, 'DestinationTypeList')
  @Get('destination-types')
  async types(): Promise<object> {
    return this.answers.types();
  }

  @ApiZodBody(HOST)
  @ApiAnswer(200, 'HostKeyList')
  @HttpCode(200)
  @Post('destinations/host-key')
  async keysOf(@Body(new ZodPipe(HOST)) { host, port }: { host: string; port: number }): Promise<object> {
    return { items: await this.hostKeys.of(host, port), next_cursor: null };
  }

  @ApiZodBody(SHARED_FOLDER)
  @ApiAnswer(201, 'SharedFolder')
  @Post('destinations/shared-folder')
  async share(
    @Body(new ZodPipe(SHARED_FOLDER)) body: SharedFolderBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const { link } = await this.shared.create(body);
    await this.audit.write(nameOf(callerOf(response)), 'destination-added', body.name, 'shared folder');
    return { destination: await this.answers.one(body.name, langOf(response)), link };
  }
}
