export const ROOT: string;
export function cacheDir(): string;
