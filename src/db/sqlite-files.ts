import { join } from 'node:path';

/** The tables of the agent. */
export const databaseFile = (dataDir: string): string => join(dataDir, 'orchestrator.sqlite');
/** Who works with them. A file of its own, so that a damaged database can be told from one in use. */
export const leaseFile = (dataDir: string): string => join(dataDir, 'agent-lease.sqlite');
/** Where copies of the database lie. */
export const copiesFolder = (dataDir: string): string => join(dataDir, 'database-copies');
