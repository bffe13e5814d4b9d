import { setTimeout as pause } from 'node:timers/promises';
import { startAgent } from '../test/bed/agent.js';
import { atEnd } from '../test/bed/cleanup.js';
import { until } from '../test/bed/shell.js';
import { aContainer, composed } from '../test/builders/a-container.js';
import { FakeEngine } from '../test/builders/fake-engine.js';
import type { Options } from './options.js';
import { cpuSeconds, familyOf, familyRssMib } from './processes.js';
import type { Row } from './table.js';
import { QUIET } from './tools.js';

/** Until what the start needed once is over; short of the minute (RCLONE_REST_AFTER_S) after which rclone rests. */
const SETTLE_MS = 15_000;
/** Then what the agent asks of rclone in its first minutes is waited for, and the minute after it: the next is an hour away. */
const FIRST_LOOK_MS = 120_000;
const RESTS_WITHIN_MS = 120_000;

/** (f) Memory and processor time of an agent that waits, with its rclone at rest, for the apps of many labelled containers. */
export async function idleCost(options: Options): Promise<Row[]> {
  const engine = await new FakeEngine().start();
  atEnd(() => engine.stop());
  for (let index = 0; index < options.idleApps; index += 1) {
    const labels = { 'backup.enable': 'true', ...composed('stack', `app-${index}`) };
    const networks = { backups_net: `172.30.${1 + Math.floor(index / 200)}.${1 + (index % 200)}` };
    const container = aContainer({ labels, networks });
    engine.containers.set(container.id, container);
    engine.environments.set(container.id, ['BACKUP_TOKEN=bench-token-of-no-value']);
  }
  const agent = await startAgent({ ...QUIET, DOCKER_HOST: engine.host });
  const all = async (): Promise<true | null> =>
    (await agent.api('GET', '/api/apps')).body.items.length === options.idleApps ? true : null;
  await until('all apps', all, 60_000, 1000);
  await pause(SETTLE_MS);
  const awake = familyRssMib(agent.pid());
  const alone = (): Promise<true | null> => Promise.resolve(familyOf(agent.pid()).length === 1 ? true : null);
  const lookedAt = async (): Promise<true | null> =>
    (await agent.api('GET', '/api/destinations')).body.items[0].checked_at === null ? null : true;
  await until('the first look at the destination', lookedAt, FIRST_LOOK_MS, 1000);
  await until('the rest of rclone', alone, RESTS_WITHIN_MS, 1000);
  await pause(SETTLE_MS);
  const before = { cpu: cpuSeconds(agent.pid()), at: performance.now() };
  await pause(options.idleSeconds * 1000);
  const seconds = (performance.now() - before.at) / 1000;
  const cpuPercent = ((cpuSeconds(agent.pid()) - before.cpu) / seconds) * 100;
  const resting = familyRssMib(agent.pid());
  await agent.stop();
  const what = `idle with ${options.idleApps} apps, agent and rclone`;
  const memory = { id: 'f', unit: 'MiB', theirs: null };
  return [
    { ...memory, what: `${what}, memory`, ours: resting, target: { atMost: 150 } },
    { ...memory, what: `${what}, memory while rclone is awake`, ours: awake, target: null },
    { id: 'f', what: `${what}, processor`, unit: '%', ours: cpuPercent, theirs: null, target: { atMost: 1 } },
  ];
}
