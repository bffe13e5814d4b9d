import './core/start-with-small-heap.js';
import { mkdirSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { configureHttp } from './admin/configure-http.js';
import { AppModule, ENTITIES } from './app.module.js';
import { ConfigError, loadConfig } from './config/load-config.js';
import { environment } from './config/environment.js';
import { SystemClock } from './core/clock.js';
import { FAILURE_TEXTS } from './core/failure-texts.js';
import { LogBuffer } from './core/log-buffer.js';
import { logLevelsFrom, RedactingLogger } from './core/logger.js';
import { messageOf } from './core/failure.js';
import { rememberSecret } from './core/redact.js';
import type { AgentLease } from './db/agent-lease.js';
import { openDatabase } from './db/open-database.js';
import { StartRefused } from './db/start-refused.js';

/** A stop that takes longer than Docker's ten seconds would end in SIGKILL anyway. */
const SHUTDOWN_MS = 9000;

async function main(): Promise<void> {
  const config = loadConfig(environment());
  for (const secret of [
    config.appSecretKey,
    config.adminPass,
    config.apiToken,
    config.rcloneConfigPass,
    config.rcloneProxy,
    config.driveSetup?.clientSecret,
    config.driveSetup?.token,
    ...config.tokens.values(),
  ]) {
    rememberSecret(secret);
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const log = new LogBuffer();
  const logger = new RedactingLogger(logLevelsFrom(config.logLevel), log, new SystemClock());
  const say = (line: string): void => logger.warn(line, 'Database');
  const database = await openDatabase(config, ENTITIES, new SystemClock(), say);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.of(config, database, log), {
    logger,
    abortOnError: false,
    forceCloseConnections: true,
  });
  stopWhenSuperseded(database.lease, logger);
  configureHttp(app, config);
  await app.listen(config.port, config.bind);
  logger.log(`listening on ${await app.getUrl()}`, 'Agent');
  stopOnSignals(app, database.lease, logger);
}

/** Whatever is under way is given up as it is: the new agent decides it. */
function stopWhenSuperseded(lease: AgentLease, logger: RedactingLogger): void {
  lease.onLost(() => {
    logger.error(`${FAILURE_TEXTS['agent-superseded'].en.says} It ends now.`, undefined, 'Agent');
    process.exit(1);
  });
}

function stopOnSignals(app: NestExpressApplication, lease: AgentLease, logger: RedactingLogger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.log(`${signal}: stopping`, 'Agent');
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    app
      .close()
      .then(() => lease.release())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error(`the stop was not clean: ${messageOf(error)}`, undefined, 'Agent');
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

main().catch((error: unknown) => {
  // The configuration's own message lists every bad key; anything else needs its trace.
  process.stderr.write(
    `${error instanceof ConfigError || error instanceof StartRefused ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exit(1);
});
