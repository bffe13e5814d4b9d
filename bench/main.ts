import { readFileSync } from 'node:fs';
import { leave, leaveOnSignals } from '../test/bed/cleanup.js';
import { fanOut } from './fan-out.js';
import { idleCost } from './idle.js';
import { largeToLocal, largeToSftp } from './large.js';
import { memoryWhileStreaming } from './memory.js';
import { optionsFrom } from './options.js';
import type { Options } from './options.js';
import { smallApps } from './small.js';
import { printRow, printTable, toJson } from './table.js';
import type { Row } from './table.js';

/**
 * Side by side in one run, alternating, data synced on both sides, targets removed before each: ratios, not promises.
 * See docs/bench.md.
 */
const MEASUREMENTS: Readonly<Record<string, (options: Options) => Promise<Row[]>>> = {
  a: largeToLocal,
  b: largeToSftp,
  c: smallApps,
  d: memoryWhileStreaming,
  e: fanOut,
  f: idleCost,
};

async function main(): Promise<void> {
  const options = optionsFrom(process.argv.slice(2));
  const letters = options.only ?? Object.keys(MEASUREMENTS);
  const rows: Row[] = [];
  for (const letter of letters) {
    const measure = MEASUREMENTS[letter];
    if (measure === undefined) throw new Error(`there is no measurement ${letter}`);
    const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
    process.stderr.write(`· ${letter} (load ${load ?? '?'})\n`);
    const fresh = await measure(options);
    // A long run that is broken off has told what it knew.
    for (const row of fresh) process.stderr.write(`${printRow(row)}\n`);
    rows.push(...fresh);
  }
  process.stdout.write(options.asJson ? `${toJson(rows)}\n` : `\n${printTable(rows)}\n`);
}

leaveOnSignals();
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
await leave();
process.exit();
