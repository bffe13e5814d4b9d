import { Module } from '@nestjs/common';
import { AppsService } from './apps.service.js';

@Module({ providers: [AppsService], exports: [AppsService] })
export class AppsModule {}
