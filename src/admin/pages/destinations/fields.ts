export interface Choice {
  value: string;
  /** Key of its text. */
  text?: string;
  /** Its words, where they are not ours; neither = the value says it. */
  label?: string;
}

/** One field of a destination form. */
export interface Field {
  /** An option of the backend is called as rclone calls it. */
  name: string;
  input: 'text' | 'email' | 'password' | 'textarea' | 'select' | 'checkbox';
  /** Texts `field.<text>` and `fieldHint.<text>`; null = the name. */
  text?: string;
  /** Its words, where they are not ours. */
  label?: string;
  hint?: boolean;
  required?: boolean;
  /** Never shown again; empty in an edit form = stays as it is. */
  secret?: boolean;
  fallback?: string;
  choices?: readonly Choice[];
  /** Stands under “More options”. */
  more?: boolean;
  /** Not an option of the backend: name, folder, bucket … */
  own?: boolean;
}

export const NAME: Field = { name: 'name', input: 'text', required: true, hint: true, own: true };
export const FOLDER: Field = { name: 'folder', input: 'text', hint: true, own: true };
export const ENCRYPT: Field = { name: 'encrypt', input: 'checkbox', hint: true, own: true };
export const ACCEPT: Field = { name: 'accept', input: 'checkbox', hint: true, required: true, own: true };
export const TOKEN: Field = { name: 'token', input: 'textarea', hint: true, required: true, secret: true };
export const choice = (value: string, text?: string): Choice =>
  text === undefined ? { value } : { value, text };

export function isSecretField({ secret }: Field): boolean {
  return secret === true;
}
