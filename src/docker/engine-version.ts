import { BackupFailure } from '../core/failure.js';

const NEWEST_API = [1, 52] as const;
const OLDEST_API = [1, 41] as const;

/**
 * The version to speak: the engine's own, but none whose shapes we have not seen.
 * @param wanted by DOCKER_API_VERSION
 * @throws docker-unavailable when the engine is too old, or is none, or does not speak what is wanted
 */
export function versionToSpeak(answer: unknown, wanted: string | null = null): string {
  const newest = newestIn(answer);
  if (wanted === null) return versionFor(newest);
  const [most, least] = [minorOf(newest), minorOf(oldestIn(answer))];
  if (minorOf(wanted) >= least && minorOf(wanted) <= most) return wanted;
  throw new BackupFailure('docker-unavailable', {
    detail: `DOCKER_API_VERSION is ${wanted}, but the engine speaks 1.${least} to ${newest}`,
  });
}

const minorOf = (version: string): number => Number(version.split('.')[1] ?? 0);

function oldestIn(answer: unknown): string {
  const oldest =
    typeof answer === 'object' && answer !== null && 'MinAPIVersion' in answer ? answer.MinAPIVersion : null;
  return typeof oldest === 'string' ? oldest : '1.0';
}

/** An empty or truncated answer comes back as a Buffer with success. */
function newestIn(answer: unknown): string {
  const newest =
    typeof answer === 'object' && answer !== null && 'ApiVersion' in answer ? answer.ApiVersion : null;
  if (typeof newest === 'string' && /^\d+\.\d+$/.test(newest)) return newest;
  throw new BackupFailure('docker-unavailable', { detail: 'what answers is not a Docker engine' });
}

function versionFor(newest: string): string {
  const [major = 0, minor = 0] = newest.split('.').map(Number);
  const older = (than: readonly [number, number]): boolean =>
    major < than[0] || (major === than[0] && minor < than[1]);
  if (older(OLDEST_API)) {
    throw new BackupFailure('docker-unavailable', {
      detail: `the engine speaks API ${newest}; at least ${OLDEST_API.join('.')} (Docker 20.10) is needed`,
    });
  }
  return older(NEWEST_API) ? newest : NEWEST_API.join('.');
}
