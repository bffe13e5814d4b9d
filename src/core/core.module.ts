import { Global, Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock, SystemClock } from './clock.js';
import { SecretsBox } from './secrets-box.js';

@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    {
      provide: SecretsBox,
      useFactory: (config: AppConfig) => new SecretsBox(config.appSecretKey),
      inject: [AppConfig],
    },
  ],
  exports: [Clock, SecretsBox],
})
export class CoreModule {}
