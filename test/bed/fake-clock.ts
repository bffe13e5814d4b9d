import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onEnd } from './reaper.js';

/** The wall clock of an agent, set by a test while the agent runs; durations and timers go on as they are. */
export interface FakeClock {
  /** For the environment of the agent. */
  env: Record<string, string>;
  /** Sets it so many milliseconds ahead of the real one. */
  ahead(ms: number): void;
  /** Sets it to an instant, from where it goes on. */
  set(instant: string): void;
}

function library(): string {
  for (const folder of readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime`)) {
    const file = join(folder, 'libfaketimeMT.so.1');
    if (existsSync(file)) return file;
  }
  throw new Error('libfaketime is not installed');
}

export async function makeFakeClock(): Promise<FakeClock> {
  const folder = mkdtempSync(join(tmpdir(), 'bo-clock-'));
  await onEnd({ remove: folder });
  const file = join(folder, 'offset');
  const ahead = (ms: number): void =>
    writeFileSync(file, `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(3)}\n`);
  ahead(0);
  return {
    env: {
      LD_PRELOAD: library(), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', NO_FAKE_STAT: '1',
      // Both spellings: the older one is that of Debian 12.
      DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    ahead,
    set: (instant) => ahead(Date.parse(instant) - Date.now()),
  }; // prettier-ignore
}
