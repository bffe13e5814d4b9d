import { join } from 'node:path';
import { startAgent } from '../test/bed/agent.js';
import type { Options } from './options.js';
import type { Row } from './table.js';
import { backUpWell, emptied, freshFolder, median, MIB, register, startApp, timed, QUIET } from './tools.js';

/** (e) One export to three local destinations against the same to one; all copies are read back. */
export async function fanOut(options: Options): Promise<Row[]> {
  const folder = freshFolder();
  const ours = emptied(join(folder, 'ours'));
  const [first, second] = [emptied(join(ours, 'first')), emptied(join(ours, 'second'))];
  const app = await startApp(options.largeMib * MIB);
  const agent = await startAgent({
    ...QUIET,
    LOCAL_BACKUPS_DIR: emptied(join(ours, 'local')),
    RCLONE_LOCAL_DIRECTORIES: `First|${first};Second|${second}`,
  });
  const toOne = await register(agent, 'to-one', app.url, {}, options.rounds);
  const toThree = await register(
    agent,
    'to-three',
    app.url,
    { destinations: 'local,first,second' },
    options.rounds,
  );
  const [one, three]: [number[], number[]] = [[], []];
  for (let round = 0; round < options.rounds; round += 1) {
    one.push(await timed(null, () => backUpWell(agent, toOne)));
    three.push(await timed(null, () => backUpWell(agent, toThree)));
  }
  await agent.stop();
  const what = `${options.largeMib} MiB to three local folders : to one`;
  const target = { atMost: 1.6 };
  return [{ id: 'e', what, unit: 's', ours: median(three), theirs: median(one), target }];
}
