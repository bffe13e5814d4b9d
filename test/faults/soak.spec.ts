import { afterAll, describe, expect, it } from '@jest/globals';
import { leave } from '../bed/cleanup.js';
import { soak } from '../soak/soak.js';

describe('soak', () => {
  afterAll(leave);

  it('30 random kills of the agent, of rclone and of apps: every run and every object is accounted for', async () => {
    const seed = Date.now() % 1_000_000;
    const say = (line: string): void => void process.stdout.write(`soak, seed ${seed}: ${line}\n`);
    const figures = await soak({ cycles: 30, seed, say });
    say(JSON.stringify(figures));
    expect(figures.problems).toEqual([]);
    expect(figures.runs['succeeded']).toBeGreaterThan(0);
  }, 240_000);
});
