import { Module } from '@nestjs/common';
import { LogNotifier } from './log.notifier.js';
import { Notifier } from './notifier.js';

@Module({ providers: [{ provide: Notifier, useClass: LogNotifier }], exports: [Notifier] })
export class AlertsModule {}
