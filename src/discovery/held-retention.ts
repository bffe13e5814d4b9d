import type { App } from '../apps/app.entity.js';
import { problem } from '../apps/problem.js';
import type { Problem } from '../apps/problem.js';
import { isShrinking, parseRetention } from '../apps/retention-policy.js';
import type { SettingTexts } from '../apps/settings.js';

const GRACE_MS = 24 * 3_600_000;

/**
 * A label that asks to keep fewer copies than before waits 24 hours: a slip in a compose file must not cost history.
 * The waiting change is remembered as a problem of the app. Pure.
 */
export function heldRetention(
  app: App | undefined,
  declaration: SettingTexts,
  policy: { prefix: string; defaultRetention: string },
  now: Date,
): { declaration: SettingTexts; problem: Problem | null } {
  if (app === undefined || app.state === 'invalid') return { declaration, problem: null };
  const current = app.declaration.retention ?? policy.defaultRetention;
  const label = declaration.retention ?? policy.defaultRetention;
  const [before, wanted] = [parseRetention(current), parseRetention(label)];
  if (!before.ok || !wanted.ok || !isShrinking(before.value, wanted.value))
    return { declaration, problem: null };
  const waiting = app.problems.find(
    (found) => found.code === 'retention-shrunk' && found.params['label'] === label,
  );
  const until = waiting?.params['until'] ?? new Date(now.getTime() + GRACE_MS).toISOString();
  if (Date.parse(until) <= now.getTime()) return { declaration, problem: null };
  return {
    declaration: { ...declaration, retention: current },
    problem: problem('retention-shrunk', { label: `${policy.prefix}.retention`, params: { label, until } }),
  };
}
