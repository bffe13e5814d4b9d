const MASK = '•••';
const known = new Set<string>();

/** Registers a secret value so that no text that passes through `redact` shows it. Values under 6 characters are ignored: masking them would eat ordinary words. */
export function rememberSecret(value: string | null | undefined): void {
  if (value !== null && value !== undefined && value.length >= 6) known.add(value);
}

const PATTERNS: [RegExp, string][] = [
  [
    /(\b(?:authorization|proxy-authorization)\b["']?\s*[:=]\s*["']?(?:bearer|basic)?\s*)[^\s"',;]+/gi,
    `$1${MASK}`,
  ],
  [/(\bbearer\s+)[A-Za-z0-9._~+/=-]{6,}/gi, `$1${MASK}`],
  [
    /(\b(?:pass|password|passwd|token|secret|client_secret|access_token|refresh_token|secret_access_key|api[_-]?key)\b["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi,
    `$1${MASK}`,
  ],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${MASK}@`],
];

/** `text` without known secrets, credentials of the usual shapes and control characters. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, MASK);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  // Forged log lines, terminal escapes and text that is drawn in another order are the point.
  return clean.replace(/[\n\r\t]+/g, ' ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '�');
}
