/** With fewer earlier copies than this there is no usual size. */
const FEWEST_EARLIER = 3;

/**
 * Whether a size is off by more than `percent` from the median of the last good ones. Pure.
 * @param earlier sizes in bytes of the newest good copies, at most five
 */
export function isUnusualSize(sizeBytes: number, earlier: readonly number[], percent: number): boolean {
  if (earlier.length < FEWEST_EARLIER) return false;
  const median = medianOf(earlier);
  return Math.abs(sizeBytes - median) > (median * percent) / 100;
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
