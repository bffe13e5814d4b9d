import { parsed, refused } from '../apps/problem.js';
import type { Parsed } from '../apps/problem.js';
import { checkSetting } from '../apps/settings.js';
import type { SettingTexts } from '../apps/settings.js';

/** Nothing that two parsers could read differently: no userinfo, escapes, backslashes, query, fragment or odd hosts. */
const PLAIN_URL = /^(https?):\/\/([A-Za-z0-9][A-Za-z0-9._-]*)(?::(\d{1,5}))?(\/[A-Za-z0-9._~/-]*)?$/;

/**
 * `backup.url` as scheme, port and path. The host is only held against the container's own names: what is dialled
 * is the container's address, never a name.
 */
export function readUrl(raw: string, ownNames: readonly string[]): Parsed<SettingTexts> {
  const match = PLAIN_URL.exec(raw);
  if (match === null) return refused('url-invalid');
  const [, scheme = '', host = '', port, path = ''] = match;
  if (host.toLowerCase() !== 'self' && !ownNames.some((name) => name.toLowerCase() === host.toLowerCase()))
    return refused('url-foreign-host');
  const texts: SettingTexts = { scheme, port: port ?? (scheme === 'https' ? '443' : '80'), path };
  for (const [name, text] of Object.entries(texts)) {
    const checked = checkSetting(name as keyof SettingTexts, text);
    if (!checked.ok) return refused('url-invalid');
    texts[name as keyof SettingTexts] = checked.value;
  }
  return parsed(texts);
}
