import { join } from 'node:path';
import { startAgent } from '../test/bed/agent.js';
import type { Options } from './options.js';
import type { Row } from './table.js';
import {
  backUpWell,
  emptied,
  freshFolder,
  MIB,
  register,
  startApp,
  timed,
  warmMedian,
  warmMemory,
  withoutCopies,
  QUIET,
  WARM_UP,
} from './tools.js';

/** (e) One export to three local destinations against the same to one; all copies are read back. */
export async function fanOut(options: Options): Promise<Row[]> {
  const folder = freshFolder();
  const place = (name: string): string => emptied(join(folder, name));
  const [local, first, second] = [place('local'), place('first'), place('second')];
  const app = await startApp(options.largeMib * MIB);
  const agent = await startAgent({
    ...QUIET,
    LOCAL_BACKUPS_DIR: local,
    RCLONE_LOCAL_DIRECTORIES: `First|${first};Second|${second}`,
  });
  const turn = async (name: string, destinations: string): Promise<number> => {
    [local, first, second].forEach(withoutCopies);
    // Three copies take three times the memory that one has just freed.
    await warmMemory();
    const appId = await register(agent, name, app.url, { destinations });
    return timed(name, null, () => backUpWell(agent, appId));
  };
  const [one, three]: [number[], number[]] = [[], []];
  for (let round = 0; round < options.rounds + WARM_UP; round += 1) {
    one.push(await turn(`one-${round}`, 'local'));
    three.push(await turn(`three-${round}`, 'local,first,second'));
  }
  await agent.stop();
  const what = `${options.largeMib} MiB to three local folders : to one`;
  const target = { atMost: 1.6 };
  return [{ id: 'e', what, unit: 's', ours: warmMedian(three), theirs: warmMedian(one), target }];
}
