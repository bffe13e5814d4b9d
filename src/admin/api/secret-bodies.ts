import { z } from 'zod';
import { coded } from './bodies.js';

/** As in `secret:NAME`. */
export const SECRET_NAME = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: coded('secret-name-invalid') });

/** What a header can carry. */
export const SECRET = z.strictObject({
  value: z
    .string()
    .regex(/^[\x20-\x7e\x80-\xff]{1,4096}$/, { error: coded('secret-value-invalid') })
    .meta({ description: 'Sent as Authorization: Bearer; kept encrypted, never shown' }),
});
export type SecretBody = z.infer<typeof SECRET>;

export const GRANT = z.strictObject({ app_id: z.string().max(100) });
export type GrantBody = z.infer<typeof GRANT>;

export const WITHDRAWAL = z.object({ owner: z.string().min(1).max(400) });
export type WithdrawalQuery = z.infer<typeof WITHDRAWAL>;
