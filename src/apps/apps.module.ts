import { Module } from '@nestjs/common';
import { AppChanges } from './app-changes.js';
import { AppDestinations } from './app-destinations.js';
import { AppsService } from './apps.service.js';

const PARTS = [AppChanges, AppDestinations, AppsService];

@Module({ providers: PARTS, exports: PARTS })
export class AppsModule {}
