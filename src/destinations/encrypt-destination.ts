import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { rememberSecret } from '../core/redact.js';
import { DestinationMoves } from './destination-moves.js';
import { checkNewName } from './destination-names.js';
import type { DestinationRow } from './destination.entity.js';
import { DestinationsAdmin } from './destinations-admin.js';
import type { DestinationOrder } from './destinations-admin.js';

const PASSWORD_BYTES = 24;
/** The storage below an encrypted destination is a destination of its own, by this name. */
const BELOW = '-base';
/** Apart from what the storage itself keeps in clear, as its marker: crypt would trip over it. */
const FOLDER = 'encrypted';

/** Everything that is needed to read the backups without this agent. It is told once and kept nowhere in clear. */
export interface RecoveryKey {
  name: string;
  /** `remote:folder` that the encrypted one lies over. */
  over: string;
  password: string;
  /** rclone's second password, which salts the first. */
  salt: string;
}

export interface Encrypted {
  row: DestinationRow;
  key: RecoveryKey;
}

/** Lays rclone's crypt over a destination: what is stored there can be read only with the password. */
@Injectable()
export class EncryptDestination {
  constructor(
    private readonly admin: DestinationsAdmin,
    private readonly moves: DestinationMoves,
  ) {}

  /** Makes the storage as `<name>-base`, and the encrypted destination over it. Throws as DestinationsAdmin.create. */
  async create(order: DestinationOrder): Promise<Encrypted> {
    const below = checkNewName(`${checkNewName(order.name)}${BELOW}`);
    return this.overOrNothing(await this.admin.create({ ...order, name: below }), order.name);
  }

  /** The same from a draft. */
  async save(draftId: string, name: string, folder: string): Promise<Encrypted> {
    const below = checkNewName(`${checkNewName(name)}${BELOW}`);
    return this.overOrNothing(await this.admin.save(draftId, below, folder), name);
  }

  /** Over a destination that is there already. @param folder of its own below that one */
  async over(below: string, name: string, folder = ''): Promise<Encrypted> {
    const [password, salt] = [secret(), secret()];
    const row = await this.admin.create({
      name,
      type: 'crypt',
      options: { password, password2: salt },
      over: { destination: below, folder },
      folder: '',
    });
    return { row, key: { name, over: `${below}:${folder}`, password, salt } };
  }

  private async overOrNothing(below: DestinationRow, name: string): Promise<Encrypted> {
    try {
      const folder = [below.folder, FOLDER].filter((part) => part !== '').join('/');
      return await this.over(below.name, name, folder);
    } catch (error) {
      await this.moves.remove(below.name);
      throw error;
    }
  }
}

/** The file that a person keeps in a safe place: enough for any rclone, on any machine. */
export function recoveryText({ name, over, password, salt }: RecoveryKey): string {
  return [
    `Recovery key of the encrypted destination ${name}`,
    '',
    'Without this password nothing that is stored there can be restored, by nobody.',
    'Keep this file away from the machine that makes the backups.',
    '',
    `Lies over: ${over}`,
    `Password:  ${password}`,
    `Salt:      ${salt}`,
    '',
    'To read the backups without the agent, give rclone access to the storage below, then:',
    '',
    `  rclone config create --obscure ${name} crypt remote=${over} password=${password} password2=${salt}`,
    `  rclone ls ${name}:`,
    '',
  ].join('\n');
}

function secret(): string {
  const text = randomBytes(PASSWORD_BYTES).toString('base64url');
  rememberSecret(text);
  return text;
}
