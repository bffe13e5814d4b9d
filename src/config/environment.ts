/** The process environment; read here and nowhere else. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
