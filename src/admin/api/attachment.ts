/** RFC 6266: a plain name for old clients, the exact one for the rest. Nothing in it can end the header or the quotes. */
export function attachment(objectKey: string): string {
  const name = (objectKey.split('/').at(-1) ?? '').replace(/[\p{Cc}]/gu, '') || 'backup';
  const plain = name.replace(/[^A-Za-z0-9._-]/g, '_');
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
