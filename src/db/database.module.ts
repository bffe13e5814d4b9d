import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AgentIdentity } from './agent-identity.js';
import { AgentLease } from './agent-lease.js';
import { DatabaseCopies } from './database-copies.js';
import type { OpenDatabase } from './open-database.js';

/** Hands the database, which is open already, to everything that asks for it. */
@Global()
@Module({})
export class DatabaseModule {
  static of({ db, lease, identity }: OpenDatabase): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => db.options,
          dataSourceFactory: () => Promise.resolve(db),
        }),
      ],
      providers: [
        DatabaseCopies,
        { provide: AgentLease, useValue: lease },
        { provide: AgentIdentity, useValue: identity },
      ],
      exports: [AgentLease, AgentIdentity],
    };
  }
}
