import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock, SystemClock } from './clock.js';
import { LogBuffer } from './log-buffer.js';
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
export class CoreModule {
  /** @param log what the agent has logged since its start */
  static with(log: LogBuffer): DynamicModule {
    return { module: CoreModule, providers: [{ provide: LogBuffer, useValue: log }], exports: [LogBuffer] };
  }
}
