import { effectiveSettings } from '../apps/effective-settings.js';
import { AppCaller } from '../exporters/app-caller.js';

const CEILINGS = { timeoutMs: Number.MAX_SAFE_INTEGER, maxSizeBytes: Number.MAX_SAFE_INTEGER };

/** Calls an app by its address, as the agent calls one that a person added; there is no engine to ask. */
export function callerFor(order: { url: string; idleMs: number }, token: string | null): AppCaller {
  const source = {
    appId: 'contract-test',
    appName: 'contract-test',
    containerId: null,
    containerName: null,
    url: order.url,
    token,
    project: null,
    service: null,
    settings: effectiveSettings({}, {}, {}, CEILINGS),
    pendingJob: null,
  };
  const engine = {
    inspect: () => Promise.resolve(null),
    environmentValue: () => Promise.resolve(null),
  };
  const limits = { connectTimeoutMs: Math.min(15_000, order.idleMs), idleTimeoutMs: order.idleMs };
  const secrets = { maySend: () => Promise.resolve(false), valueOf: () => Promise.resolve(null) };
  return new AppCaller(source, engine, limits, secrets);
}
