import { SetMetadata } from '@nestjs/common';

export const OPEN = 'open-route';

/** This route answers without a session. Everything that does not say so is closed. */
export const Open = (): MethodDecorator & ClassDecorator => SetMetadata(OPEN, true);
