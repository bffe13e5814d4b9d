import { Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { AppTests } from '../app-tests.js';
import { AppsReader } from '../apps-reader.js';
import { callerOf, nameOf } from '../auth/caller.js';
import { langOf } from '../lang.js';
import { ApiAnswer, ApiTags } from './documented.js';
import { testJson } from './test.view.js';
import { untilGone } from './until-gone.js';

@ApiTags('apps')
@Controller('api/apps/:id/test')
export class AppTestController {
  constructor(
    private readonly reader: AppsReader,
    private readonly tests: AppTests,
  ) {}

  /** Tries the whole way of a backup, step by step, without storing one; takes a minute at most, and 200 says nothing of its result. */
  @ApiAnswer(200, 'AppTest')
  @HttpCode(200)
  @Post()
  async test(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<object> {
    const app = await this.reader.byId(id);
    const checks = await this.tests.test(app, nameOf(callerOf(response)), untilGone(response));
    return testJson(checks, langOf(response));
  }
}
