import { Module } from '@nestjs/common';
import { AppChanges } from './app-changes.js';
import { AppDecisions } from './app-decisions.js';
import { AppDestinations } from './app-destinations.js';
import { AppsService } from './apps.service.js';
import { SecretKeeper } from './secret-keeper.js';

const SERVICES = [AppChanges, AppDecisions, AppDestinations, AppsService, SecretKeeper];

@Module({ providers: SERVICES, exports: SERVICES })
export class AppsModule {}
