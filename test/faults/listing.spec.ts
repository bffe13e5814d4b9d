import { afterEach, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { assertAll, copiesOf } from './assert-all.js';
import { startDriveBed } from './drive-bed.js';
import { attempt } from './harness.js';

afterEach(leave);

it.each<[what: string, hides: (name: string, oldestFirst: readonly string[]) => boolean, warning: string]>([
  ['that is empty', () => true, 'prune-refused'],
  ['without one that is there', (name, [oldest]) => name === oldest, 'prune-failed'],
])(
  'F28 a listing %s: nothing is pruned, nothing is called missing, and a right one heals it',
  async (_, hides, warning) => {
    const bed = await startDriveBed({}, { sizeBytes: 5000 });
    for (const _ of [1, 2])
      expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded' });
    const earlier = await copiesOf(bed.agent);
    await bed.agent.api('PUT', `/api/apps/${bed.appId}/overrides`, { retention: 'last=1,min=1' });
    const names = earlier.map((copy) => copy.object_key.split('/').at(-1) ?? '').reverse();
    bed.drive.hides = (name) => hides(name, names);
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({
      outcome: 'succeeded',
      warnings: [{ code: warning }],
    });
    expect((await copiesOf(bed.agent)).map(({ state }) => state)).toEqual([
      'verified',
      'verified',
      'verified',
    ]);
    await assertAll(bed.agent, { gdrive: bed.shelf }, earlier);
    bed.drive.hides = () => false;
    expect(await attempt(bed.agent, bed.appId)).toMatchObject({ outcome: 'succeeded', warnings: [] });
    expect(await copiesOf(bed.agent)).toHaveLength(1);
    await assertAll(bed.agent, { gdrive: bed.shelf });
  },
  60_000,
);
