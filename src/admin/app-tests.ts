import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.entity.js';
import { RunLedger } from '../backups/run-ledger.js';
import { TestAppService } from '../backups/test-app.service.js';
import type { TestCheck } from '../backups/test-app.service.js';
import type { Check } from '../core/checklist.js';
import { AuditLog } from './audit-log.js';
import { HttpProblem } from './http-problem.js';

/** "Test now", for the page and for REST. */
@Injectable()
export class AppTests {
  constructor(
    private readonly tests: TestAppService,
    private readonly ledger: RunLedger,
    private readonly audit: AuditLog,
  ) {}

  /** @throws HttpProblem app-busy: two exports at once could harm each other */
  async test(app: App, who: string, gone: AbortSignal): Promise<Check<TestCheck>[]> {
    if ((await this.ledger.openRunOf(app.id))?.state === 'running') throw new HttpProblem('app-busy');
    await this.audit.write(who, 'app-tested', app.id);
    return this.tests.test(app, gone);
  }
}
