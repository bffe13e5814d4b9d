/** The name by which a folder of RCLONE_LOCAL_DIRECTORIES is used in labels: `Copias NAS` is `copias-nas`. */
export function slugOf(label: string): string {
  const plain = label.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'folder';
}
