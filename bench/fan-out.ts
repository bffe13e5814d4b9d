import { join } from 'node:path';
import { startAgent } from '../test/bed/agent.js';
import type { Options } from './options.js';
import type { Row } from './table.js';
import {
  backUpWell,
  emptied,
  freshFolder,
  median,
  MIB,
  register,
  startApp,
  timed,
  withoutCopies,
  QUIET,
  WARM_UP,
} from './tools.js';

/** (e) One export to three local destinations against the same to one; all copies are read back. */
export async function fanOut(options: Options): Promise<Row[]> {
  const folder = freshFolder();
  const ours = emptied(join(folder, 'ours'));
  const [local, first, second] = ['local', 'first', 'second'].map((name) => emptied(join(ours, name))) as [
    string,
    string,
    string,
  ];
  const app = await startApp(options.largeMib * MIB);
  const agent = await startAgent({
    ...QUIET,
    LOCAL_BACKUPS_DIR: local,
    RCLONE_LOCAL_DIRECTORIES: `First|${first};Second|${second}`,
  });
  const turn = async (name: string, destinations: string): Promise<number> => {
    [local, first, second].forEach(withoutCopies);
    const appId = await register(agent, name, app.url, { destinations });
    return timed(name, null, () => backUpWell(agent, appId));
  };
  const [one, three]: [number[], number[]] = [[], []];
  for (let round = 0; round < options.rounds + WARM_UP; round += 1) {
    one.push(await turn(`one-${round}`, 'local'));
    three.push(await turn(`three-${round}`, 'local,first,second'));
  }
  await agent.stop();
  const warm = (seconds: number[]): number => median(seconds.slice(WARM_UP));
  const what = `${options.largeMib} MiB to three local folders : to one`;
  const target = { atMost: 1.6 };
  return [{ id: 'e', what, unit: 's', ours: warm(three), theirs: warm(one), target }];
}
