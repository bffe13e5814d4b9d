import { Body, Controller, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { recoveryText } from '../../../destinations/encrypt-destination.js';
import { checkNewName } from '../../../destinations/destination-names.js';
import { ZodPipe } from '../../api/zod.pipe.js';
import { ApiExcludeController } from '../../api/documented.js';

const KEY = z.object({
  name: z.string().max(63),
  over: z.string().max(500),
  password: z.string().max(200),
  salt: z.string().max(200),
});

/** The key that the browser was shown, as a file. It is kept nowhere here, so the page sends it back. */
@ApiExcludeController()
@Controller('destinations/new/recovery-file')
export class RecoveryFilePage {
  @Post()
  download(@Body(new ZodPipe(KEY)) key: z.infer<typeof KEY>, @Res() response: Response): void {
    const name = checkNewName(key.name);
    response.attachment(`recovery-key-${name}.txt`);
    response.type('text/plain; charset=utf-8').send(recoveryText(key));
  }
}
