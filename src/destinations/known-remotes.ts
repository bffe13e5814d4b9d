import { configStamp } from './config-file.js';
import type { RcloneRc } from './rclone-rc.js';

/** What the daemon said of one state of rclone.conf. */
interface Seen {
  stamp: string;
  names: string[] | null;
  types: Map<string, string>;
}

/**
 * The remotes of rclone.conf, asked of the daemon once for each state of the file: whoever looks every minute must
 * not wake it every minute. Changes by the agent, by `rclone config` and by an editor all show in the file.
 */
export class KnownRemotes {
  private seen: Seen = { stamp: '', names: null, types: new Map() };

  constructor(
    private readonly configFile: string,
    private readonly rc: RcloneRc,
  ) {}

  /** @throws rclone-unavailable, also when they are known: without a daemon they are of no use */
  async names(): Promise<string[]> {
    const seen = await this.now();
    seen.names ??= await this.rc.remotes();
    return seen.names;
  }

  /** @throws rclone-unavailable */
  async typeOf(name: string): Promise<string> {
    const seen = await this.now();
    const known = seen.types.get(name);
    if (known !== undefined) return known;
    const type = await this.rc.remoteType(name);
    seen.types.set(name, type);
    return type;
  }

  /** An answer to a question about an older state is kept with that state. */
  private async now(): Promise<Seen> {
    const stamp = await configStamp(this.configFile);
    if (stamp !== this.seen.stamp || this.rc.isDown) this.seen = { stamp, names: null, types: new Map() };
    return this.seen;
  }
}
