import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** It is there from the first proper start on. */
export const agentIdFile = (dataDir: string): string => join(dataDir, 'agent-id');

/** Who this agent is to other agents: what it leaves at destinations bears this name. */
export class AgentIdentity {
  constructor(readonly id: string) {}

  /** The name lies beside the database, not in it: an agent whose database was lost is still the same one. */
  static in(dataDir: string): AgentIdentity {
    const file = agentIdFile(dataDir);
    if (!existsSync(file)) writeFileSync(file, `${randomUUID()}\n`, { mode: 0o600 });
    return new AgentIdentity(readFileSync(file, 'utf8').trim());
  }
}
