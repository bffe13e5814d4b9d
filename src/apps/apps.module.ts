import { Module } from '@nestjs/common';
import { AppChanges } from './app-changes.js';
import { AppsService } from './apps.service.js';

@Module({ providers: [AppChanges, AppsService], exports: [AppChanges, AppsService] })
export class AppsModule {}
