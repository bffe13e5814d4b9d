import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Agent } from '../bed/agent.js';
import { rclonesOf } from './assert-all.js';

/** rclone tries ten times, with many seconds in between: with fewer, what fails for ever is over sooner. Before it opens a destination. */
export async function fewerTries(agent: Agent, tries: number): Promise<void> {
  const [pid] = await rclonesOf(agent.dataDir);
  const variables = readFileSync(`/proc/${pid ?? 0}/environ`, 'utf8').split('\0');
  const valueOf = (name: string): string =>
    variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const port = /Serving remote control on http:\/\/127\.0\.0\.1:(\d+)/.exec(agent.log())?.[1] ?? '';
  const basic = Buffer.from(`${valueOf('RCLONE_RC_USER')}:${valueOf('RCLONE_RC_PASS')}`).toString('base64');
  const answer = await fetch(`http://127.0.0.1:${port}/options/set`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
    body: JSON.stringify({ main: { LowLevelRetries: tries } }),
  });
  expect(answer.status).toBe(200);
}
