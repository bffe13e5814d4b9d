/** The code of a system error (`ENOENT`), whatever realm it was made in; null = it has none. */
export function systemCode(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : null;
}
