import { blackoutEnd } from '../apps/blackout.js';
import type { App } from '../apps/app.entity.js';
import type { EffectiveSettings } from '../apps/effective-settings.js';
import { nextRun } from './next-run.js';

/**
 * A due time that was stored while the clock was ahead may lie years from now, and nothing would be backed up till then.
 * @returns when the app is due by the clock as it is now; null when the stored time is right
 */
export function correctedDue(app: App, settings: EffectiveSettings, now: Date): Date | null {
  if (app.nextRunAt === null) return null;
  const regular = nextRun(settings.frequency.value, settings.timezone.value, app.key, now);
  const quietUntil = blackoutEnd(settings.blackout.value ?? [], settings.timezone.value, now);
  const latest = Math.max(regular.getTime(), quietUntil?.getTime() ?? 0);
  return app.nextRunAt.getTime() > latest ? regular : null;
}
