import type { AppConfig } from '../config/app-config.js';
import type { Destination } from './destination.js';
import { LocalDestination } from './local.destination.js';
import type { RcloneBackend } from './rclone-backend.js';
import type { RcloneRc } from './rclone-rc.js';
import { RcloneDestination } from './rclone.destination.js';

/** The way to a configured backend: straight to the files where they lie on this machine, else through the daemon. */
export function openDestination(
  name: string,
  backend: RcloneBackend,
  rc: RcloneRc,
  config: AppConfig,
): Destination {
  return backend.local === null
    ? new RcloneDestination(name, backend, rc, config)
    : new LocalDestination(name, backend.local);
}
