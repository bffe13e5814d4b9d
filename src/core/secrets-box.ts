import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const PREFIX = 'v1';

/** AES-256-GCM for values at rest; `where` (table:row:column) is authenticated, so a ciphertext cannot be moved to another place. */
export class SecretsBox {
  private readonly key: Buffer;

  /** @param appSecretKey the agent's `APP_SECRET_KEY` */
  constructor(appSecretKey: string) {
    this.key = Buffer.from(hkdfSync('sha256', appSecretKey, '', 'backup-orchestrator/secrets-box', 32));
  }

  seal(plain: string, where: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv);
    cipher.setAAD(Buffer.from(where));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return [
      PREFIX,
      iv.toString('base64url'),
      cipher.getAuthTag().toString('base64url'),
      body.toString('base64url'),
    ].join('.');
  }

  /** @throws when the text was sealed with another key, for another place, or changed. */
  open(sealed: string, where: string): string {
    const [version, iv, tag, body] = sealed.split('.');
    if (version !== PREFIX || iv === undefined || tag === undefined || body === undefined) {
      throw new Error(`secret at ${where} is not in a known form`);
    }
    const decipher = createDecipheriv('aes-256-gcm', this.key, Buffer.from(iv, 'base64url'));
    decipher.setAAD(Buffer.from(where));
    decipher.setAuthTag(Buffer.from(tag, 'base64url'));
    return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString(
      'utf8',
    );
  }
}
