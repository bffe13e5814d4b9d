import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Open } from '../auth/open.decorator.js';
import { ApiAnswer, ApiTags } from './documented.js';
import { Health } from '../health.js';

@ApiTags('health')
@Open()
@Controller()
export class HealthController {
  constructor(private readonly health: Health) {}

  /** 200 as long as the process serves; the parts say what is wrong, without detail: this route is open. */
  @ApiAnswer(200, 'Health')
  @Get('healthz')
  alive(): Promise<object> {
    return this.health.look();
  }

  /** 503 until the agent can do its work. */
  @ApiAnswer(200, 'Health')
  @Get('readyz')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const health = await this.health.look();
    if (health.status !== 'ok') response.status(503);
    return health;
  }
}
