/** `npm run soak [-- cycles [seed]]`: random `kill -9` for as long as wanted; the seed makes the order of kills come again. */
import { leave, leaveOnSignals } from '../bed/cleanup.js';
import { soak } from './soak.js';

leaveOnSignals();
const [cycles = '500', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
process.stdout.write(`soak: ${cycles} kills, seed ${seed}\n`);
try {
  const { problems, ...figures } = await soak({
    cycles: Number(cycles),
    seed: Number(seed),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
  process.stdout.write(problems.length === 0 ? 'all is accounted for\n' : `${problems.length} problems\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await leave();
}
