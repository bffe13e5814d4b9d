import { connect } from 'node:net';
import type { Steps } from '../core/checklist.js';
import { BackupFailure, messageOf } from '../core/failure.js';
import type { ContainerLookup } from '../docker/docker.gateway.js';
import { AppCaller } from './app-caller.js';
import type { CallLimits } from './app-caller.js';
import { askCapabilities } from './capabilities.js';
import type { AppCheck, ExportSource } from './exporter.js';
import { resolveTarget } from './resolve-target.js';
import { resolveToken } from './resolve-token.js';
import type { TokenSecrets } from './resolve-token.js';

/** Finds the app, knocks, and asks what it can do; each step says what it met. */
export async function checkApp(
  source: ExportSource,
  docker: ContainerLookup,
  limits: CallLimits,
  secrets: TokenSecrets,
  checklist: Steps<AppCheck>,
  signal: AbortSignal,
): Promise<void> {
  let at = { address: '', port: 0 };
  let token: string | null = null;
  await checklist.next('resolve', async () => {
    const target = await resolveTarget(source, docker);
    token = await resolveToken(source, docker, secrets);
    at = target;
    return `${target.label}: ${target.scheme}, ${target.address} port ${target.port}`;
  });
  await checklist.next('connect', async () => {
    await knock(at.address, at.port, limits.connectTimeoutMs);
    return '';
  });
  const notes: string[] = [];
  let answered = false;
  await checklist.next('auth', async () => {
    const progress = {
      note: (line: string) => void notes.push(line),
      working: () => Promise.resolve(),
    };
    ({ answered } = await askCapabilities(new AppCaller(source, docker, limits, secrets), progress, signal));
    return token === null ? { warning: 'asked without a token' } : '';
  });
  await checklist.next('capabilities', () => {
    const detail = notes.join('; ').replace(/^capabilities: /, '');
    return Promise.resolve(answered ? detail : { warning: detail });
  });
}

/** @throws app-unreachable, app-timeout */
function knock(host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (failure: BackupFailure | null): void => {
      clearTimeout(timer);
      socket.destroy();
      if (failure === null) resolve();
      else reject(failure);
    };
    const late = (): void =>
      end(new BackupFailure('app-timeout', { detail: `no connection within ${timeoutMs} ms` }));
    const timer = setTimeout(late, timeoutMs);
    socket.once('connect', () => end(null));
    socket.once('error', (error) =>
      end(new BackupFailure('app-unreachable', { detail: messageOf(error) }, { cause: error })),
    );
  });
}
