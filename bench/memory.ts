import { join } from 'node:path';
import { startAgent } from '../test/bed/agent.js';
import type { Options } from './options.js';
import { familyOf, rssMib } from './processes.js';
import type { Row } from './table.js';
import { backUpWell, emptied, freshFolder, MIB, register, startApp, QUIET } from './tools.js';

const WARM_UP_MIB = 64;
const LOOK_EVERY_MS = 100;

/** (d) How much the agent and its rclone grow while one export of many GiB goes through them. */
export async function memoryWhileStreaming(options: Options): Promise<Row[]> {
  const ours = emptied(join(freshFolder(), 'ours'));
  const app = await startApp(WARM_UP_MIB * MIB);
  const agent = await startAgent({
    ...QUIET,
    LOCAL_BACKUPS_DIR: ours,
    BACKUP_MAX_SIZE_MB: String(options.memoryMib * 2),
  });
  const appId = await register(agent, 'huge', app.url, { size_change: '100' });
  // What is allocated once is allocated by a small run.
  await backUpWell(agent, appId);
  const before = familyOf(agent.pid()).map((pid) => ({ pid, rss: rssMib(pid) }));
  const most = before.map(({ rss }) => rss);
  app.control({ sizeBytes: options.memoryMib * MIB });
  app.sha256();
  const look = (): void =>
    before.forEach(({ pid }, index) => (most[index] = Math.max(most[index] ?? 0, rssMib(pid))));
  const watching = setInterval(look, LOOK_EVERY_MS);
  await backUpWell(agent, appId).finally(() => clearInterval(watching));
  await agent.stop();
  const grown = (from: number, to?: number): number =>
    before.slice(from, to).reduce((sum, { rss }, index) => sum + (most[from + index] ?? 0) - rss, 0);
  const what = `growth while ${options.memoryMib} MiB stream through`;
  return [
    { id: 'd', what: `${what}, agent`, unit: 'MiB', ours: grown(0, 1), theirs: null, target: { atMost: 40 } },
    { id: 'd', what: `${what}, rclone`, unit: 'MiB', ours: grown(1), theirs: null, target: null },
  ];
}
